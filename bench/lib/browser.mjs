import { chromium } from 'playwright-core';
import { find } from '../../scripts/lib/executables.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Every tab a process of its own, as the tabs of a person are on a machine with memory enough.
  '--renderer-process-limit=100',
];

// With them hidden tabs would be as fast as visible ones.
const UNWANTED = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

export function launchBrowser() {
  const executablePath = find('chromium', 'chromium-browser', 'google-chrome');
  return chromium.launch({ executablePath, args: FLAGS, ignoreDefaultArgs: UNWANTED });
}

/** Processes of the browser and the CPU time that each has used, in milliseconds. */
export async function processes(browser) {
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
  await cdp.detach();
  return processInfo.map(({ type, id, cpuTime }) => ({ type, id, cpu: cpuTime * 1000 }));
}

/** CPU time of the whole browser so far, in milliseconds. */
export async function cpuTime(browser) {
  return (await processes(browser)).reduce((sum, { cpu }) => sum + cpu, 0);
}
