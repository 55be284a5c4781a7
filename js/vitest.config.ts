import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const support = (name: string): string =>
  fileURLToPath(new URL(`./test/support/${name}`, import.meta.url));

/** Unit tests speak to a scripted core; the real one is made by the build and tested in browsers. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^.*\/wasm\/core\.js$/, replacement: support('core.ts') },
      { find: /^.*\/wasm\/core_bg\.base64\.js$/, replacement: support('core-base64.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    typecheck: { enabled: false },
  },
});
