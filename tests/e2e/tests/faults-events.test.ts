import { afterEach, describe, expect, test } from 'vitest';
import type { Probe } from '../lib/probe.js';
import { RawStage, SHARINGS } from '../lib/raw-stage.js';
import { until } from '../lib/until.js';

const stage = RawStage.use();

describe.each(SHARINGS)('$where', ({ count }) => {
  let close: () => Promise<void>;
  afterEach(() => close());

  async function open(): Promise<Probe[]> {
    const { profile, tabs } = await stage.openTabs(count);
    close = () => profile.close();
    return stage.openProbes(tabs, (probe) => probe.untilConnected());
  }

  test('an event that nobody listens to is passed over', async () => {
    const probes = await open();
    const session = await stage.peer.admitted(0);

    session.send('42["unknown",1]');
    session.send('42[7,1]');
    session.send('42["__proto__",1]');
    session.send('42["constructor"]');
    session.send('42["toString",{"__proto__":{"x":1}}]');
    session.send('42[""]');
    session.send('451-["unknown",{"_placeholder":true,"num":0}]');
    session.send(Buffer.from([1]));
    session.send('42["after",1]');

    for (const probe of probes) {
      await probe.untilNoted([['connect'], ['after', 1]]);
      expect(await probe.uncaught()).toEqual([]);
    }
  });

  test('an unknown event that wants an answer gets none, and holds nothing up', async () => {
    const probes = await open();
    const session = await stage.peer.admitted(0);
    for (const probe of probes) await probe.run(`socket.on('ask', (answer) => answer('yes'))`);

    session.send('421["unknown","x"]');
    session.send('422["ask"]');
    session.send('42["after",1]');

    for (const probe of probes) await probe.untilNoted([['connect'], ['after', 1]]);
    await until('the answer', () => session.received.includes('432["yes"]'));
    const answers = session.received.filter((frame) => frame.startsWith('43'));
    expect(answers).toEqual(['432["yes"]']);
  });

  test('a listener that throws keeps nobody from hearing the event', async () => {
    const probes = await open();
    const session = await stage.peer.admitted(0);
    for (const probe of probes) {
      await probe.run(`
        const fail = (what) => () => { throw new Error(what); };
        window.heard = [];
        socket.onAny(fail('any'));
        socket.on('bad', fail('first'));
        socket.on('bad', (n) => window.heard.push(n));
        socket.on('bad', async () => fail('rejected')());
        socket.on('disconnect', fail('disconnect'));
        socket.on('connect', fail('connect'));
        socket.on('connect', () => window.heard.push('connect'));
      `);
    }

    session.send('42["bad",1]');
    session.send('9');
    await Promise.all(probes.map((probe) => probe.untilCount('connect', 2)));
    (await stage.peer.admitted(1)).send('42["after",2]');

    for (const probe of probes) {
      await probe.untilCount('after', 1);
      expect(await probe.run('return window.heard')).toEqual([1, 'connect']);
      // Each is reported as what it is, once.
      expect((await probe.uncaught()).sort()).toEqual([
        'error: Uncaught Error: any',
        'error: Uncaught Error: any',
        'error: Uncaught Error: connect',
        'error: Uncaught Error: disconnect',
        'error: Uncaught Error: first',
        'unhandledrejection: Error: rejected',
      ]);
    }
  });

  test('an acknowledgement whose callback throws does not hurt those behind it', async () => {
    const probes = await open();
    const session = await stage.peer.admitted(0);
    const probe = probes.at(-1)!;

    await probe.run(`
      window.heard = [];
      socket.emit('one', () => { throw new Error('callback'); });
      socket.emit('two', (value) => window.heard.push(value));
    `);
    await until(
      'both',
      () => session.received.filter((frame) => frame.startsWith('42')).length === 2,
    );
    session.send('430["a"]');
    session.send('431["b"]');

    await until('the second', () => probe.run('return window.heard.length'));
    expect(await probe.run('return window.heard')).toEqual(['b']);
    expect(await probe.uncaught()).toEqual(['error: Uncaught Error: callback']);
  });
});
