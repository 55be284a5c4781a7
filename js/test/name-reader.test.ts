import { expect, test } from 'vitest';
import { NameReader } from '../src/socket/name-reader.js';

const ROWS = [
  ['["chat",1]', 'chat'],
  ['["chat"]', 'chat'],
  ['["chats",1]', 'chats'],
  ['["a,b"]', 'a,b'],
  ['["é"]', 'é'],
  ['["\ud83d",1]', '\ud83d'],
  ['["\\ud83d",1]', undefined],
  ['["a\\"b",1]', undefined],
  ['["\\u0061",1]', undefined],
  ['[ "chat"]', undefined],
  ['[1,"chat"]', undefined],
  ['', undefined],
] as const;

test.each(ROWS)('the_name_of_%s_is_read_as_%s', (json, name) => {
  expect(new NameReader().peek(json)).toBe(name);
});

test('a_name_is_read_alike_behind_any_other', () => {
  for (const [before] of ROWS) {
    for (const [json, name] of ROWS) {
      const names = new NameReader();

      names.peek(before);

      expect([json, names.peek(json), names.peek(json)]).toEqual([json, name, name]);
    }
  }
});

test('the_name_of_what_a_parser_of_the_app_gave_is_its_first_value', () => {
  expect([['chat', 1], [7]].map((values) => new NameReader().peek(values))).toEqual(['chat', '7']);
});
