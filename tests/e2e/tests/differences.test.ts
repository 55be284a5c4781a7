import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** Rows that need no browser, or no second client, and the tests that prove them. */
const ELSEWHERE: readonly [row: string, file: string, name: string][] = [
  [
    'a `parser` of the app is refused with `shared`',
    '../../../js/test/manager.test.ts',
    'a_parser_cannot_be_shared',
  ],
  [
    'long-polling and WebSocket; asking for `webtransport` throws',
    './transports.engines.test.ts',
    'what cannot be used is refused at once',
  ],
  [
    'of transport classes only those of this package',
    '../../../js/test/transports.test.ts',
    'one of another package',
  ],
];

/** The left cells of the README's table. */
function rows(): string[] {
  const [, section = ''] = read('../../../README.md').split('## Differences from socket.io-client');
  const [table = ''] = section.split('\n## ');
  const cells = [...table.matchAll(/^\| (.*?) +\| /gm)].map(([, cell]) => cell!);
  return cells.filter((cell) => cell !== 'here' && !cell.startsWith('---'));
}

/** What scripts say that they prove. */
function proven(): string[] {
  const files = readdirSync(new URL('.', import.meta.url)).filter((file) =>
    file.startsWith('diff'),
  );
  return files.flatMap((file) => {
    const text = read(`./${file}`);
    const named = /(?:\brow: |toContain\()['`](?:\| )?(.+?)['`][,);]+$/gm;
    return [...text.matchAll(named)].map(([, row]) => row!);
  });
}

test('each difference that the README names has a test', () => {
  const known = [...proven(), ...ELSEWHERE.map(([row]) => row)];

  const unproven = rows().filter((row) => !known.some((beginning) => row.startsWith(beginning)));

  expect(rows().length).toBeGreaterThan(30);
  expect(unproven).toEqual([]);
});

test.each(ELSEWHERE)('that %s is proven by a test that exists', (_, file, name) => {
  const text = read(file);

  expect(text).toContain(`'${name}'`);
});
