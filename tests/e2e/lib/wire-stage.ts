import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { chromiumProfile, launchChromium, type ChromiumTab } from './chromium.js';
import { Lab } from './lab.js';
import { PollingPeer } from './polling-peer.js';
import { until, untilEqual } from './until.js';

/** What one client did in a scenario: on the wire, and in its events. */
export interface Run {
  readonly heard: PollingPeer['heard'];
  readonly log: unknown[];
}

export interface Scenario {
  readonly what: string;
  /** Options of `io()`. */
  readonly io?: Record<string, unknown>;
  readonly prepare?: (peer: PollingPeer) => void;
  readonly play: (peer: PollingPeer, tab: ChromiumTab) => Promise<void>;
  /** Runs in the page with `socket` and `log`, before anything is heard. */
  readonly page?: string;
  /** WebSockets wait until the namespace is connected: which is first would be a matter of chance. */
  readonly late?: boolean;
}

/** Chromium, a page with both clients, and a polling peer for each run of a scenario. */
export class WireStage {
  #browser!: Browser;
  #page!: Lab;
  #close: (() => Promise<void>)[] = [];

  /** To be called where the tests are defined. */
  static use(): WireStage {
    const stage = new WireStage();
    beforeAll(async () => {
      stage.#browser = await launchChromium();
      stage.#page = await Lab.start();
    });
    afterEach(async () => {
      for (const close of stage.#close.splice(0)) await close();
    });
    afterAll(async () => {
      await stage.#browser?.close();
      await stage.#page?.stop();
    });
    return stage;
  }

  /** Plays a scenario with the client that a page imports from `module`. */
  async run(module: string, scenario: Scenario): Promise<Run> {
    const peer = await PollingPeer.start();
    this.#close.push(() => peer.stop());
    scenario.prepare?.(peer);
    if (scenario.late) {
      peer.socketsWait = untilEqual('the GET after CONNECT', () => peer.heard.get.length, 3);
    }
    const profile = await chromiumProfile(this.#browser);
    this.#close.push(() => profile.close());
    const tab = await profile.open(this.#page.url);
    await tab.run(
      `const { io } = await import(args[0]);
     window.log = [];
     const socket = (window.socket = io(args[1], { reconnection: false, ...args[2] }));
     const details = (error) => [error.message, error.type, error.description];
     const manager = socket.io;
     manager.on('open', () => {
       log.push(['open', manager.engine.transport.name]);
       manager.engine.on('upgrading', ({ name }) => log.push(['upgrading', name, manager.engine.transport.name]));
       manager.engine.on('upgrade', ({ name }) => log.push(['upgrade', name, manager.engine.transport.name]));
       manager.engine.on('upgradeError', (error) => log.push(['upgradeError', error.message, error.transport]));
     });
     socket.on('connect', () => {
       log.push(['connect']);
       manager.engine.on('close', (reason) => log.push(['engine close', reason]));
     });
     socket.on('disconnect', (reason) => log.push(['disconnect', reason]));
     socket.on('connect_error', (error) => log.push(['connect_error', ...details(error).slice(0, 2)]));
     socket.onAny((...event) => log.push(event));
     manager.on('close', (reason) => log.push(['close', reason]));
     ${scenario.page ?? ''}`,
      module,
      peer.url,
      scenario.io ?? {},
    );
    await scenario.play(peer, tab);
    const log = await tab.run<unknown[]>('return window.before ?? log');
    const heard = structuredClone(peer.heard);
    await profile.close();
    return { heard, log };
  }
}

/** Waits until the page wrote this down. */
export const noted = (tab: ChromiumTab, ...note: unknown[]): Promise<unknown> =>
  until(`the note ${JSON.stringify(note)}`, () =>
    tab.run<boolean>(
      'return log.some((entry) => JSON.stringify(entry) === JSON.stringify(args[0]))',
      note,
    ),
  );

/** Waits for so many GETs. */
export const polls = (peer: PollingPeer, count: number): Promise<void> =>
  untilEqual('GETs', () => peer.heard.get.length, count);
/** Waits until a poll is pending: a client that rests over polling has nothing else to ask. */
export const polled = (peer: PollingPeer): Promise<unknown> => until('a poll', () => peer.polled);
/** Waits until the bodies of the POSTs are these. */
export const posts = (peer: PollingPeer, ...bodies: string[]): Promise<void> =>
  untilEqual('POSTs', () => peer.heard.post, bodies);
/** Waits until the frames of the WebSocket are these. */
export const frames = (peer: PollingPeer, ...frames: string[]): Promise<void> =>
  untilEqual('frames', () => peer.heard.socket.slice(1), frames);

/** Disconnects; the order of what is heard of it is that of other tests. */
export const disconnect = (tab: ChromiumTab): Promise<void> =>
  tab.run('window.before = [...log]; socket.disconnect()');

/** The peer answers a poll as a server does that does not know the session any more. */
export async function forgetSession(peer: PollingPeer, tab: ChromiumTab): Promise<void> {
  await noted(tab, 'connect');
  // The poll that is to carry the event: this one is answered yet.
  await polled(peer);
  peer.intercept = (request, response) => {
    if (request.method === 'POST') return false;
    response.writeHead(400).end('{"code":1,"message":"Session ID unknown"}');
    return true;
  };
  peer.say('42["in",1]');
  await noted(tab, 'disconnect', 'transport error');
  await posts(peer, '40', '1');
}
