import type { Socket } from 'socket.io';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ENGINES, launch } from '../lib/engines.js';
import { Lab } from '../lib/lab.js';
import type { Profile, Tab } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';

/** `HANG_ROUNDS=12` for figures. */
const ROUNDS = Number(process.env['HANG_ROUNDS'] ?? 1);
const HANG_MS = 3500;
/** The default patience is 1500 ms; who waits for more than this has lost its connection for good. */
const REPLACED_WITHIN_MS = 2000;

describe.each(ENGINES)('%s', (engine) => {
  let profile: Profile;
  let lab: Lab;
  /** What the server sent, and what it got: by which session, of which tab, which number. */
  let sent: number[];
  let got: { session: string; tab: string; n: number }[];
  const gaps: number[] = [];

  beforeAll(async () => {
    profile = await launch(engine);
  });
  afterAll(async () => {
    await profile?.close();
    const sorted = gaps.map(Math.round).sort((a, b) => a - b);
    console.log(`${engine}: longest silence in tabs that did not hang, ms: ${sorted.join(' ')}`);
  });

  beforeEach(async () => {
    [sent, got] = [[], []];
    lab = await Lab.start();
    lab.io.on('connection', (socket: Socket) => {
      socket.on('up', (tab: string, n: number) => got.push({ session: socket.id, tab, n }));
      socket.on('since', (last: number, reply: (missed: number[]) => void) => {
        reply(sent.filter((n) => n > last));
      });
    });
  });
  afterEach(() => lab.stop());

  test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
    'a leader that hangs is replaced, and goes on as a follower (%i)',
    async (round) => {
      const tabs: Tab[] = [];
      for (const name of ['a', 'b', 'c']) tabs.push(await open(name, `${engine} ${round}`));
      const [leader, ...others] = await leaderFirst(tabs);
      const flow = setInterval(() => {
        sent.push(sent.length + 1);
        lab.io.emit('n', sent.length);
      }, 5);
      await until('flowing', async () => (await heard(others[0]!)).length > 50);
      const [session] = [...lab.io.of('/').sockets.keys()];

      await leader!.run(
        `setTimeout(() => {
           const end = performance.now() + args[0];
           while (performance.now() < end);
           window.awake = true;
         }, 200)`,
        HANG_MS,
      );
      // Only a visible tab replaces a leader that hangs, and WebDriver shows the tab that it asks.
      await others[0]!.run('return 0');
      const other = await until('its session', () =>
        [...lab.io.of('/').sockets.keys()].find((id) => id !== session),
      );
      await until('it is used', () => got.some((it) => it.session === other));
      const turn = got.findIndex((it) => it.session === other);
      await until('the hung page runs again', () => leader!.run('return !!window.awake'));
      await untilEqual('roles', async () => (await Promise.all(tabs.map(role))).sort(), [
        'follower',
        'follower',
        'leader',
      ]);
      await untilEqual('connections', () => lab.connections, 1);
      clearInterval(flow);
      for (const tab of tabs) await tab.run('clearInterval(emitting)');

      for (const tab of tabs) {
        await untilEqual('delivered, in order', () => heard(tab), sent);
        expect(await tab.run('return doubled')).toBe(0);
      }
      const silences = await Promise.all(others.map((tab) => tab.run<number>('return silence')));
      gaps.push(...silences);
      expect(Math.max(...silences)).toBeLessThan(REPLACED_WITHIN_MS);
      expect(got.slice(turn).filter((it) => it.session === session)).toEqual([]);
      expect(new Set(got.map((it) => `${it.tab} ${it.n}`)).size).toBe(got.length);
      for (const tab of tabs) await tab.run('socket.disconnect()');
    },
  );

  /** A tab that emits 50 times a second, and asks for what it missed when it is connected anew. */
  async function open(name: string, scope: string): Promise<Tab> {
    const tab = await profile.open(lab.url);
    await until('tabcast', () => tab.run(`return 'tabcast' in window`));
    await tab.run(
      `window.heard = [];
       window.doubled = 0;
       window.silence = 0;
       let [waiting, last, n] = [[], performance.now(), 0];
       const take = (n) => {
         if (n === (heard.at(-1) ?? 0) + 1) heard.push(n);
       };
       window.socket = tabcast.io(args[0], {
         shared: true, scope: args[2], transports: ['websocket'],
       });
       let live = -1;
       socket.on('connect', async () => {
         waiting = [];
         const missed = await socket.emitWithAck('since', heard.at(-1) ?? 0);
         missed.forEach(take);
         waiting?.forEach(take);
         waiting = undefined;
       });
       socket.on('n', (n) => {
         window.silence = Math.max(window.silence, performance.now() - last);
         last = performance.now();
         if (n <= live) window.doubled += 1;
         live = n;
         if (waiting) waiting.push(n);
         else take(n);
       });
       window.emitting = setInterval(() => socket.connected && socket.emit('up', args[1], (n += 1)), 20);`,
      lab.url,
      name,
      scope,
    );
    await untilEqual('connected', () => tab.run('return socket.connected'), true);
    return tab;
  }
});

const role = (tab: Tab): Promise<string> => tab.run('return socket.io.tabs.getSnapshot().role');

const heard = (tab: Tab): Promise<number[]> => tab.run('return heard');

async function leaderFirst(tabs: Tab[]): Promise<Tab[]> {
  const roles = await Promise.all(tabs.map(role));
  const leader = roles.indexOf('leader');
  return [tabs[leader]!, ...tabs.filter((_, index) => index !== leader)];
}
