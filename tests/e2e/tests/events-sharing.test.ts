import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ChromiumTab } from '../lib/chromium.js';
import { ENGINES, launch } from '../lib/engines.js';
import { EventServer } from '../lib/event-server.js';
import { Lab } from '../lib/lab.js';
import { processOf } from '../lib/processes.js';
import { Reader } from '../lib/reader.js';
import type { Profile } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';

const SHARED = { share: { scope: 'user' } };

describe.each(ENGINES)('%s', (engine) => {
  let profile: Profile;
  let lab: Lab;
  let server: EventServer;
  let stopFlow: () => void = () => undefined;
  const readers: Reader[] = [];

  beforeAll(async () => {
    profile = await launch(engine);
  });
  afterAll(() => profile?.close());

  beforeEach(async () => {
    lab = await Lab.start();
    server = new EventServer();
    lab.routes.set('/feed', server.handle);
    lab.routes.set('/api', (_, response) => void response.end('"here"'));
  });
  afterEach(async () => {
    stopFlow();
    // WebDriver's session ends with its last window.
    for (const { tab } of readers.splice(0)) await tab.goto('about:blank').catch(() => undefined);
    await lab.stop();
  });

  async function open(count: number, options: object = SHARED): Promise<Reader[]> {
    const opened: Reader[] = [];
    for (let n = 0; n < count; n += 1) {
      const tab = await profile.open(lab.url);
      const reader = await Reader.open(tab, `${lab.url}/feed`, { ...options });
      await reader.untilOpen();
      opened.push(reader);
      readers.push(reader);
    }
    return opened;
  }

  /** Ends `leader` in the middle of a flow; the others must not miss anything. */
  async function loseLeader(tabs: Reader[], end: (leader: Reader) => Promise<void>): Promise<void> {
    const [leader, ...others] = tabs as [Reader, ...Reader[]];
    expect(await leader.role()).toBe('leader');
    stopFlow = server.flow(5);
    await until('flowing', async () => (await others[0]!.heard()).length > 50);

    await end(leader);
    readers.splice(readers.indexOf(leader), 1);
    const reached = server.count;
    await until('flowing on', () => server.count > reached + 200);
    stopFlow();

    for (const reader of others) await reader.untilComplete(server.count);
    expect(server.streams.size).toBe(1);
  }

  test('five tabs are one stream, and each gets 200 events a second once and in order', async () => {
    const tabs = await open(5);

    stopFlow = server.flow(5);
    await until('flowing', () => server.count > 600);
    stopFlow();

    for (const reader of tabs) await reader.untilComplete(server.count);
    expect(server.streams.size).toBe(1);
    expect(server.arrivals).toHaveLength(1);
    const roles = await Promise.all(tabs.map((reader) => reader.role()));
    expect(roles).toEqual(['leader', 'follower', 'follower', 'follower', 'follower']);
  });

  test('the leader is closed', async () => {
    await loseLeader(await open(5), (leader) => leader.tab.close());
  });

  test('the leader is reloaded', async () => {
    await loseLeader(await open(5), (leader) => leader.tab.reload());
  });

  test.runIf(engine === 'chromium')('the leader crashes', async () => {
    await loseLeader(await open(5), (leader) => (leader.tab as ChromiumTab).crash());
  });

  // WebKit's driver ends the session, and with it the browser, when a process of a page ends.
  test.runIf(engine !== 'webkit')('the process of the leader is killed', async () => {
    const tabs = await open(5);
    const spin = 'const end = Date.now() + args[0]; while (Date.now() < end);';
    const pid = await processOf(tabs[0]!.tab, spin);

    await loseLeader(tabs, async () => void process.kill(pid, 'SIGKILL'));
  });

  test('a tab that joins late gets the newest events that it asks for, and all that follow', async () => {
    const [first] = (await open(1)) as [Reader];
    server.publish(20);
    await first.untilComplete(20);

    const [late] = (await open(1, { share: { scope: 'user', replay: 5 } })) as [Reader];
    server.publish(5);

    await late.untilComplete(25);
    expect(await late.heard()).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
    expect(server.arrivals).toHaveLength(1);
  });

  test('a tab that names an id gets what comes behind it from the others', async () => {
    const [first] = (await open(1)) as [Reader];
    server.publish(20);
    await first.untilComplete(20);

    const [late] = (await open(1, { ...SHARED, lastEventId: '12' })) as [Reader];

    await late.untilComplete(20);
    expect((await late.heard())[0]).toBe(13);
    expect(server.arrivals).toHaveLength(1);
  });

  test('one tab closes its stream and the others keep theirs; the last one ends it', async () => {
    const [leader, follower] = (await open(2)) as [Reader, Reader];

    await leader.tab.run('feed.close()');
    await untilEqual('leader', () => follower.role(), 'leader');
    await follower.untilOpen();
    server.publish(3);
    await follower.untilComplete(3);

    expect(await leader.heard()).toEqual([]);
    expect(server.streams.size).toBe(1);
    await follower.tab.run('feed.close()');
    await untilEqual('streams', () => server.streams.size, 0);
  });

  test('the leading tab is asked for headers, and failures reach all tabs', async () => {
    const tabs = await open(2);
    server.manner = (_, response) => void response.writeHead(410).end();

    for (const stream of server.streams) stream.destroy();

    for (const reader of tabs) {
      await untilEqual('status', () => reader.status(), 'closed');
      expect((await reader.failures()).at(-1)?.slice(0, 2)).toEqual(['status', 410]);
    }
    expect(server.arrivals).toHaveLength(2);
  });

  test('with twenty tabs open over HTTP/1.1 the site answers', async () => {
    const tabs = await open(20);

    const answers = await Promise.all(
      [0, 10, 19].map((at) => tabs[at]!.tab.run(`return (await fetch('/api')).json()`)),
    );
    server.publish(3);

    expect(answers).toEqual(['here', 'here', 'here']);
    for (const reader of tabs) await reader.untilComplete(3);
    expect(server.arrivals).toHaveLength(1);
  });
});
