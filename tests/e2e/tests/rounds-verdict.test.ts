import { expect, test } from 'vitest';
import { faults, type Guarantee, type Round } from '../lib/rounds/round.js';
import { difference, longestPause, upward, wasResumed } from '../lib/rounds/verdict.js';

const NONE = { lost: 0, doubled: 0, reordered: 0 };
const AT_MOST_ONCE: Guarantee = { down: 'while the session goes on', up: 'at most once' };
const EXACTLY_ONCE: Guarantee = { down: 'always', up: 'exactly once' };

test.each([
  { came: [1, 2, 3, 4], differs: NONE },
  { came: [1, 2, 4], differs: { ...NONE, lost: 1 } },
  { came: [], differs: { ...NONE, lost: 4 } },
  { came: [1, 2, 2, 3, 4], differs: { ...NONE, doubled: 1 } },
  { came: [1, 3, 2, 4], differs: { ...NONE, reordered: 1 } },
  { came: [2, 3, 4, 1, 1], differs: { ...NONE, doubled: 1, reordered: 1 } },
])('of 1, 2, 3, 4 came $came', ({ came, differs }) => {
  expect(difference([1, 2, 3, 4], came)).toEqual(differs);
});

test('what a tab was told of its messages is compared with what arrived', () => {
  const outcomes = ['done', 'done', 'tab_lost', 'tab_lost', 'pending'];

  expect(upward(outcomes, [0, 2])).toEqual({
    lost: 3,
    doubled: 0,
    reordered: 0,
    unknown: ['tab_lost', 'tab_lost'],
    // The second is said to have arrived; of the last nothing is said.
    untrue: 2,
  });
});

test('the pause counts from the last message before the fault', () => {
  const messages = [
    [1, 100],
    [2, 400],
    [3, 410],
    [4, 470],
    [5, 480],
  ] as const;

  expect(longestPause({ messages, notes: [], outcomes: [] }, 415)).toBe(60);
});

test('a session was resumed if every connection after the fault says so', () => {
  const report = (...notes: [number, string, unknown?][]) => ({
    messages: [],
    notes,
    outcomes: [],
  });

  const fresh = report([10, 'connect', false]);
  expect(wasResumed(fresh, 20)).toBe(true);
  expect(wasResumed(report([10, 'connect', false], [30, 'connect', true]), 20)).toBe(true);
  expect(wasResumed(report([30, 'connect', true], [40, 'connect', false]), 20)).toBe(false);
});

const ROUND: Round = {
  resumed: true,
  sent: 4,
  down: [NONE, NONE],
  up: [{ ...NONE, unknown: [], untrue: 0 }],
  failover: 10,
  reconnect: 20,
  pause: 30,
  restored: false,
};

test.each<{ what: string; round: Partial<Round>; atMostOnce: string[]; exactlyOnce: string[] }>([
  { what: 'nothing', round: {}, atMostOnce: [], exactlyOnce: [] },
  {
    what: 'events lost in a resumed session',
    round: { down: [NONE, { ...NONE, lost: 3 }] },
    atMostOnce: ['3 messages lost on the way down'],
    exactlyOnce: ['3 messages lost on the way down'],
  },
  {
    what: 'events lost with the session',
    round: { resumed: false, down: [{ ...NONE, lost: 3 }] },
    atMostOnce: [],
    exactlyOnce: ['3 messages lost on the way down'],
  },
  {
    what: 'events doubled and reordered',
    round: { resumed: false, down: [{ ...NONE, doubled: 1, reordered: 2 }] },
    atMostOnce: ['1 messages doubled on the way down', '2 messages reordered on the way down'],
    exactlyOnce: ['1 messages doubled on the way down', '2 messages reordered on the way down'],
  },
  {
    what: 'emits of unknown fate',
    round: { up: [{ ...NONE, lost: 1, unknown: ['tab_lost', 'tab_lost'], untrue: 0 }] },
    atMostOnce: [],
    exactlyOnce: ['1 messages lost on the way up', '2 messages of unknown fate on the way up'],
  },
  {
    what: 'emits doubled, or said to have arrived',
    round: { up: [{ lost: 1, doubled: 1, reordered: 1, unknown: [], untrue: 1 }] },
    atMostOnce: [
      '1 messages doubled on the way up',
      '1 messages reordered on the way up',
      '1 messages said to have arrived, or never told of',
    ],
    exactlyOnce: [
      '1 messages lost on the way up',
      '1 messages doubled on the way up',
      '1 messages reordered on the way up',
      '1 messages said to have arrived, or never told of',
    ],
  },
])('a round with $what', ({ round, atMostOnce, exactlyOnce }) => {
  expect(faults({ ...ROUND, ...round }, AT_MOST_ONCE)).toEqual(atMostOnce);
  expect(faults({ ...ROUND, ...round }, EXACTLY_ONCE)).toEqual(exactlyOnce);
});
