import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type * as Load from '../src/core/load.js';
import { TabcastError } from '../src/errors.js';
import type * as Core from './support/core.js';

const INLINE = new Uint8Array([0, 97, 115, 109]);
const CSP =
  'WebAssembly.instantiateStreaming(): Compiling or instantiating WebAssembly module violates the ' +
  "following Content Security policy directive because 'unsafe-eval' is not an allowed source";

let load: typeof Load;
let script: typeof Core.script;

beforeEach(async () => {
  vi.resetModules();
  load = await import('../src/core/load.js');
  ({ script } = await import('./support/core.js'));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Makes the loader believe that it is in a browser; gives what it fetches. */
function inBrowser(process?: object): { readonly fetched: string[]; readonly answer: Response } {
  vi.stubGlobal('process', process);
  const browser = { fetched: [] as string[], answer: new Response() };
  vi.stubGlobal('fetch', async (url: URL) => {
    browser.fetched.push(String(url));
    return browser.answer;
  });
  return browser;
}

test('node_gets_the_inline_copy', async () => {
  await load.loadCore();

  expect(script.sources).toEqual([INLINE]);
});

test('an_electron_renderer_loads_like_a_browser', async () => {
  const { fetched } = inBrowser({ versions: { node: '20.0.0' }, type: 'renderer' });

  await load.loadCore();

  expect(fetched).toEqual([expect.stringMatching(/\/wasm\/core_bg\.wasm$/)]);
});

test('a_browser_fetches_the_file', async () => {
  const { fetched, answer } = inBrowser();

  await load.loadCore();

  expect(fetched).toEqual([expect.stringMatching(/\/wasm\/core_bg\.wasm$/)]);
  expect(await Promise.all(script.sources)).toEqual([answer]);
});

test('a_browser_that_cannot_fetch_falls_back_to_the_inline_copy', async () => {
  inBrowser();
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));

  await load.loadCore();

  expect(script.sources.slice(1)).toEqual([INLINE]);
});

test.each([
  ['the file is not there', new TypeError('HTTP status code is not ok')],
  ['the file is a page', new WebAssembly.CompileError('expected magic word 00 61 73 6d')],
])('a_browser_falls_back_to_the_inline_copy_when_%s', async (_, failure) => {
  inBrowser();
  script.failures = [failure];

  await load.loadCore();

  expect(script.sources.slice(1)).toEqual([INLINE]);
});

test('a_source_of_the_app_is_the_only_one_tried', async () => {
  const source = new URL('https://cdn.test/core.wasm');
  const failure = new TypeError('Failed to fetch');
  script.failures = [failure];

  const error = await load.loadCore(source).catch((reason: unknown) => reason);

  expect(script.sources).toEqual([source]);
  expect(error).toMatchObject({
    name: 'TabcastError',
    code: 'wasm_load',
    retryable: true,
    message: 'unable to load the WebAssembly core; Failed to fetch',
    cause: failure,
  });
});

test('a_policy_against_wasm_is_told_with_the_line_to_add_and_not_tried_around', async () => {
  inBrowser();
  const failure = new WebAssembly.CompileError(CSP);
  script.failures = [failure];

  const error = await load.loadCore().catch((reason: unknown) => reason);

  expect(script.sources).toHaveLength(1);
  expect(error).toMatchObject({ code: 'wasm_csp', retryable: false, cause: failure });
  expect((error as TabcastError).message).toContain("'wasm-unsafe-eval' to script-src");
});

test('callers_share_one_load', async () => {
  const [first, second] = await Promise.all([load.loadCore(), load.loadCore()]);
  const third = await load.loadCore();

  expect(second).toBe(first);
  expect(third).toBe(first);
  expect(script.sources).toHaveLength(1);
});

test('a_failed_load_can_be_tried_again', async () => {
  script.failures = [new TypeError('Failed to fetch')];

  const error = await load.loadCore().catch((reason: unknown) => reason);
  const core = await load.loadCore();

  expect(error).toMatchObject({ code: 'wasm_load' });
  expect(core.Connection).toBeTypeOf('function');
});
