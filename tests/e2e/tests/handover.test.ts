import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { chromiumProfile, launchChromium, type ChromiumTab } from '../lib/chromium.js';
import { Lab } from '../lib/lab.js';
import type { Profile } from '../lib/tab.js';
import { until, untilEqual } from '../lib/until.js';

let browser: Browser;
let lab: Lab;
let profile: Profile<ChromiumTab>;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  lab = await Lab.start({ connectionStateRecovery: {} });
  // Before anybody else listens: all that is said on any channel.
  profile = await chromiumProfile(
    browser,
    `window.said = [];
     const post = BroadcastChannel.prototype.postMessage;
     BroadcastChannel.prototype.postMessage = function (message) {
       said.push(JSON.stringify(message) + [...(message[0] ?? [])].map((c) => String.fromCharCode(c)).join(''));
       return post.call(this, message);
     };`,
  );
});
afterEach(async () => {
  await profile.close();
  await lab.stop();
});

async function tab(nsp = '/', options = {}): Promise<ChromiumTab> {
  const tab = await profile.open(lab.url);
  await tab.run(
    `window.connect = (nsp, options = {}) => {
       const socket = tabcast.io(nsp, {
         shared: true, scope: 'user', transports: ['websocket'], reconnectionDelay: 20, ...options,
       });
       socket.notes = [];
       socket.on('connect', () => socket.notes.push('connect'));
       socket.on('disconnect', (reason) => socket.notes.push(reason));
       socket.on('connect_error', (error) => socket.notes.push(error.code));
       return socket;
     };
     window.socket = connect(...args);`,
    nsp,
    options,
  );
  return tab;
}

const connected = (tab: ChromiumTab): Promise<void> =>
  untilEqual('connected', () => tab.run('return socket.connected'), true);
const notes = (tab: ChromiumTab): Promise<string[]> => tab.run('return socket.notes');
const role = (tab: ChromiumTab): Promise<string> =>
  tab.run('return socket.io.tabs.getSnapshot().role');

test('a logout in one of five tabs ends the session of all, also at the server', async () => {
  const tabs = [];
  for (let index = 0; index < 5; index += 1) {
    tabs.push(await tab());
    await connected(tabs[index]!);
  }
  const ended = new Promise<string>((resolve) => {
    for (const socket of lab.io.of('/').sockets.values()) socket.on('disconnect', resolve);
  });
  const answer = tabs[1]!.run<string>(
    'return socket.emitWithAck("nobody answers").catch((error) => error.code)',
  );

  await tabs[3]!.run('socket.io.logout()');

  expect(await ended).toBe('client namespace disconnect');
  for (const each of tabs) await untilEqual('notes', () => notes(each), ['connect', 'logout']);
  expect(await answer).toBe('logged_out');
  await untilEqual('connections', () => lab.connections, 0);
  await tabs[2]!.run('socket.connect()');
  await connected(tabs[2]!);
  expect(await tabs[2]!.run('return socket.recovered')).toBe(false);
  expect(await tabs[0]!.run('return socket.connected')).toBe(false);
});

test('a leader that has no socket left hands over to the tab that has, and no token is posted', async () => {
  lab.io.of('/private').use((socket, next) => {
    next(socket.handshake.auth['token'] === 'secret-token' ? undefined : new Error('who?'));
  });
  const leader = await tab('/private', { auth: { token: 'secret-token' } });
  await connected(leader);
  await leader.run('socket.disconnect(); window.idle = connect("/"); idle.disconnect()');

  const other = await tab('/private', { auth: { token: 'secret-token' } });
  await connected(other);

  expect(await notes(other)).toEqual(['connect']);
  await untilEqual('role', () => role(other), 'leader');
  expect(lab.connections).toBe(1);
  for (const each of [leader, other]) expect(await posts(each)).not.toContain('secret-token');
});

test('where no tab has a socket in all namespaces, an `auth` is posted only if the app allows it', async () => {
  lab.io.of('/private');
  for (const shareAuth of [false, true]) {
    const scope = `share ${shareAuth}`;
    const leader = await tab('/', { scope });
    await connected(leader);

    const other = await tab('/private', {
      scope,
      auth: { token: 'secret-token' },
      tabs: { shareAuth },
    });

    await until('an answer', async () => (await notes(other)).length > 0);
    expect(await notes(other)).toEqual([shareAuth ? 'connect' : 'auth_withheld']);
    expect((await posts(other)).includes('secret-token')).toBe(shareAuth);
    await leader.run(`connect('/private', { scope: args[0] })`, scope);
    await connected(other);
  }
});

test('a download does not end leadership; leaving the page does, and coming back does not double it', async () => {
  const [leader, other] = [await tab(), await tab()];
  await Promise.all([connected(leader), connected(other)]);
  await leader.run(
    `const link = document.createElement('a');
     link.href = '/dist/index.js';
     link.download = 'index.js';
     document.body.append(link);
     const download = new Promise((resolve) => addEventListener('beforeunload', resolve));
     link.click();
     await Promise.race([download, new Promise((resolve) => setTimeout(resolve, 500))]);`,
  );
  expect([await role(leader), await role(other)]).toEqual(['leader', 'follower']);

  await leader.page.goto('about:blank');
  await untilEqual('role', () => role(other), 'leader');
  await leader.page.goBack();

  await until('the page', () => leader.run(`return 'tabcast' in window`));
  if (await leader.run(`return 'socket' in window`)) {
    await untilEqual('role', () => role(leader), 'follower');
    await connected(leader);
  }
  await untilEqual('connections', () => lab.connections, 1);
});

const posts = (tab: ChromiumTab): Promise<string> => tab.run('return said.join()');
