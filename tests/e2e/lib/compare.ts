import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChromiumTab, launchChromium } from './chromium.js';
import { play, type Script, type Transcript } from './differential.js';
import { Lab } from './lab.js';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

/** Declares a test for each script: both clients do the same, or differ exactly as it says. */
export function compareAll(scripts: readonly Script[]): void {
  let browser: Browser;
  let context: BrowserContext;
  let page: Lab;
  beforeAll(async () => {
    browser = await launchChromium();
    context = await browser.newContext();
    page = await Lab.start();
  });
  afterAll(async () => {
    await browser?.close();
    await page?.stop();
  });

  const transcript = async (script: Script, client: 'upstream' | 'tabcast') => {
    const tab = await ChromiumTab.in(context);
    await tab.goto(page.url);
    try {
      return await play(script, client, tab);
    } finally {
      await tab.close();
    }
  };

  test.each(scripts)('$name', async (script) => {
    const upstream = await transcript(script, 'upstream');
    const tabcast = await transcript(script, 'tabcast');

    const { difference } = script;
    if (process.env['PRINT']) console.log(JSON.stringify({ name: script.name, upstream, tabcast }));
    if (difference) {
      expect(README).toContain(`| ${difference.row}`);
      expect(upstream).toEqual({ ...upstream, ...difference.upstream });
      expect(tabcast).toEqual({ ...upstream, ...difference.tabcast } satisfies Transcript);
    } else {
      expect(tabcast).toEqual(upstream);
    }
  });
}
