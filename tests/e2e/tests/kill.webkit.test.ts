import type { Socket } from 'socket.io';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { Lab } from '../lib/lab.js';
import { processOf } from '../lib/processes.js';
import { SHARED } from '../lib/probe.js';
import { UndrivenWebKit, type UndrivenTab } from '../lib/undriven-webkit.js';
import { until, untilEqual } from '../lib/until.js';

/** How often five tabs are opened, of which four leaders are killed: `KILL_ROUNDS=3` for figures. */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 1);
const TABS = 5;
/** The goal is 350; this machine does other things too. */
const PAUSE_MS = 1350;

let lab: Lab;
let webkit: UndrivenWebKit;
let sent: number[];
/** What the server got: which number of which tab. */
let got: Map<number, number[]>;
const pauses: number[] = [];

beforeEach(async () => {
  [sent, got] = [[], new Map()];
  lab = await Lab.start({ connectionStateRecovery: {} });
  lab.io.on('connection', (socket: Socket) => {
    socket.on('up', (tab: number, n: number, reply: () => void) => {
      got.set(tab, [...(got.get(tab) ?? []), n]);
      reply();
    });
  });
});
afterEach(async () => {
  webkit?.close();
  await lab.stop();
});
afterAll(() => {
  const sorted = pauses.map(Math.round).sort((a, b) => a - b);
  console.log(`webkit, kill: longest pauses in surviving tabs, ms: ${sorted.join(' ')}`);
});

test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
  'the process of one leader after the other is killed; while a session goes on the others have every message once, in order (%i)',
  async () => {
    webkit = await UndrivenWebKit.open(lab, TABS);
    const tabs = [...webkit.tabs];
    for (const [index, tab] of tabs.entries()) await tab.run(JOIN, index, SHARED);
    for (const tab of tabs) await untilEqual('connected', () => tab.run(CONNECTED), true);
    const flow = setInterval(() => lab.io.emit('n', sent.push(sent.length + 1)), 5);
    await until('flowing', async () => (await heard(tabs[0]!)).length > 100);

    while (tabs.length > 1) {
      const leader = await leaderOf(tabs);
      const pid = await processOf(leader, SPIN);
      tabs.splice(tabs.indexOf(leader), 1);
      for (const tab of tabs) await tab.run('window.pause = 0');
      process.kill(pid, 'SIGKILL');
      const before = sent.length;
      await until('messages of the next leader', async () => {
        const last = await Promise.all(tabs.map(async (tab) => (await heard(tab)).at(-1)!));
        return Math.min(...last) > before + 100;
      });
      expect(lab.connections).toBe(1);
      for (const tab of tabs) pauses.push(await tab.run<number>('return pause'));
    }
    clearInterval(flow);

    const last = tabs[0]!;
    await untilEqual('all messages', async () => (await heard(last)).at(-1), sent.at(-1));
    expect(holes(await heard(last), await last.run<number[]>('return fresh'))).toEqual([]);
    // The in-memory adapter gives a session out again and again; it is claimed once.
    expect(await last.run('return fresh.length')).toBe(1 + (TABS - 1) / 2);
    // What a dead leader may have sent is not sent again; the rest is, and nothing comes twice.
    const index = webkit.tabs.indexOf(last);
    const acked = await until('answers', () => last.run<number[]>(ACKED));
    const arrived = got.get(index)!;
    expect(arrived).toEqual([...new Set(arrived)].sort((a, b) => a - b));
    expect(arrived).toEqual(expect.arrayContaining(acked));
    expect(Math.max(...pauses)).toBeLessThan(PAUSE_MS);
  },
);

async function leaderOf(tabs: readonly UndrivenTab[]): Promise<UndrivenTab> {
  return until('a leader', async () => {
    const roles = await Promise.all(tabs.map((tab) => tab.run<string>(ROLE)));
    return tabs[roles.indexOf('leader')];
  });
}

/**
 * Numbers that do not follow those before them, unless a session began with them.
 *
 * `fresh`: how many numbers had come when a session began that was not resumed.
 */
function holes(numbers: readonly number[], fresh: readonly number[]): [number, number][] {
  return numbers.flatMap((n, index): [number, number][] => {
    const before = numbers[index - 1] ?? n - 1;
    const follows = n === before + 1 || (n > before && fresh.includes(index));
    return follows ? [] : [[before, n]];
  });
}

const heard = (tab: UndrivenTab): Promise<number[]> => tab.run('return heard');

/** Timers of hidden tabs come late, so a tab sends something for every fourth message that comes. */
const JOIN = `
  Object.assign(window, { heard: [], fresh: [], acked: [], pause: 0, sentUp: 0 });
  const [tab, options] = args;
  let last;
  window.socket = tabcast.io({ ...options, transports: ['websocket'] });
  socket.on('connect', () => socket.recovered || fresh.push(heard.length));
  socket.on('n', (n) => {
    heard.push(n);
    const now = performance.now();
    pause = Math.max(pause, now - (last ?? now));
    last = now;
    if (n % 4 !== 0) return;
    const up = (sentUp += 1);
    socket.timeout(10_000).emitWithAck('up', tab, up).then(() => acked.push(up), () => undefined);
  });`;
const CONNECTED = 'return socket.connected';
const ROLE = 'return socket.io.tabs.getSnapshot().role';
const SPIN = 'const end = performance.now() + args[0]; while (performance.now() < end);';
const ACKED = 'return acked.length > 0 && acked';
