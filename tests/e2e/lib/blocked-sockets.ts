import { expect } from 'vitest';
import { ChatPage } from './chat-page.js';
import type { ChatServer } from './chat-server.js';
import { SocketProxy } from './socket-proxy.js';
import type { Profile } from './tab.js';
import { until, untilEqual } from './until.js';

/**
 * Two users behind a proxy that lets no socket pass chat over streams, then over sockets when the
 * proxy gives way, and over streams again when it closes.
 */
export async function chatAroundBlockedSockets(
  server: ChatServer,
  profiles: readonly [Profile, Profile],
): Promise<void> {
  const proxy = await SocketProxy.start(server.port, true);
  try {
    const [ann, bob] = await Promise.all([
      signedIn(profiles[0], proxy.url, 'Ann'),
      signedIn(profiles[1], proxy.url, 'Bob'),
    ]);
    const pages = [ann, bob];
    for (const page of pages) await arrivedAt(page, ['sse']);
    const said: string[] = [];
    await say(ann, `over the stream`, pages, said);
    await say(bob, `and back`, pages, said);
    await ann.type('a draft');
    await until('bob sees ann type', async () => (await bob.text()).includes('Ann is typing'));
    await untilEqual('bob sees ann', () => bob.presence('Ann'), 'online');
    expect(await server.connections()).toBe(0);
    expect(proxy.refused).toBeGreaterThan(0);

    // Messages are on their way all the time while each user changes over, there and back.
    for (const [change, label, ways] of [
      // An attempt whose WebSocket was refused a moment before goes on by polling, and stays there.
      [() => proxy.unblock(), 'toward sockets', ['websocket', 'polling']],
      [() => proxy.block(), 'toward the stream', ['sse']],
    ] as const) {
      const sending = flow(ann, bob, label, said);
      change();
      for (const page of pages) await arrivedAt(page, ways);
      await sending;
      for (const page of pages) {
        await untilEqual(
          'all, once, in one order',
          async () => (await page.texts()).sort(),
          [...said].sort(),
        );
      }
      expect(await bob.texts()).toEqual(await ann.texts());
    }
    await untilEqual('connections', () => server.connections(), 0);
  } finally {
    await proxy.stop();
  }
}

/** Three tabs of one user behind such a proxy have one stream, also when the tab that holds it goes. */
export async function shareAStream(server: ChatServer, profile: Profile): Promise<void> {
  const proxy = await SocketProxy.start(server.port, true);
  try {
    const pages = [await signedIn(profile, proxy.url, 'Carol')];
    while (pages.length < 3) {
      const page = new ChatPage(await profile.open(proxy.url));
      await page.ready();
      pages.push(page);
    }
    for (const page of pages) await arrivedAt(page, ['sse']);
    const said = await pages[0]!.texts();
    await untilEqual('streams', () => server.streams(), 1);
    await say(pages[2]!, 'from a tab without the stream', pages, said);

    // The first tab opened the stream.
    const [first, ...others] = pages;
    await first!.tab.close();
    for (const page of others) await arrivedAt(page, ['sse']);
    await say(others[0]!, 'after the tab with the stream was closed', others, said);
    await say(others[1]!, 'and from the last tab', others, said);
    await untilEqual('streams', () => server.streams(), 1);
  } finally {
    await proxy.stop();
  }
}

async function signedIn(profile: Profile, url: string, name: string): Promise<ChatPage> {
  const page = new ChatPage(await profile.open(url));
  await page.signIn(name);
  await page.ready();
  return page;
}

async function arrivedAt(page: ChatPage, ways: readonly string[]): Promise<void> {
  const arrived = async (): Promise<boolean> => ways.includes((await page.transport()) ?? '');
  await until(ways.join(' or '), arrived, 60_000);
}

async function say(from: ChatPage, text: string, to: ChatPage[], said: string[]): Promise<void> {
  await from.send(text);
  said.push(text);
  for (const page of to) await untilEqual('texts', () => page.texts(), said);
}

async function flow(ann: ChatPage, bob: ChatPage, label: string, said: string[]): Promise<void> {
  for (let index = 0; index < 15; index += 1) {
    for (const [name, page] of [
      ['ann', ann],
      ['bob', bob],
    ] as const) {
      const text = `${label}: ${name} ${index}`;
      said.push(text);
      await page.send(text);
    }
  }
}
