import { readFileSync, readdirSync } from 'node:fs';
import type { Tab } from './tab.js';

/** How the processes that run pages can be told from all others of a browser. */
const PAGE_PROCESS = /--type=renderer|-contentproc.* tab$|WebKitWebProcess/;
const SPIN_MS = 300;
const TICK_MS = 10;

/**
 * The process that runs the page of `tab`: the one that gets busy when the page does.
 *
 * `spin` is the body of a function that is busy for the milliseconds of its argument.
 */
export async function processOf(tab: Pick<Tab, 'run'>, spin: string): Promise<number> {
  const before = pageProcesses();
  await tab.run(spin, SPIN_MS);
  const used = [...pageProcesses()]
    .map(([pid, time]) => ({ pid, time: time - (before.get(pid) ?? 0) }))
    .sort((a, b) => b.time - a.time);
  const [busiest, second] = used;
  if (!busiest || busiest.time < 3 * TICK_MS || busiest.time < 2 * (second?.time ?? 0)) {
    throw new Error(`unable to tell the process of a tab; used: ${JSON.stringify(used)}`);
  }
  return busiest.pid;
}

/** The processes below this one that run pages, with the milliseconds that each has used. */
function pageProcesses(): Map<number, number> {
  const processes = new Map<number, { parent: number; time: number }>();
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const stat = read(`/proc/${name}/stat`);
    // The name of the program, in brackets, may have spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const time = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    processes.set(Number(name), { parent: Number(fields[1]), time });
  }
  const isBelow = (pid: number): boolean => {
    const parent = processes.get(pid)?.parent;
    return parent !== undefined && (parent === process.pid || isBelow(parent));
  };
  const pages = new Map<number, number>();
  for (const [pid, { time }] of processes) {
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    if (isBelow(pid) && PAGE_PROCESS.test(command)) pages.set(pid, time);
  }
  return pages;
}

/** Nothing if the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
