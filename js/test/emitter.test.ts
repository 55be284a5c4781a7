import { Emitter as Reference } from '@socket.io/component-emitter';
import { expect, test, vi } from 'vitest';
import { Emitter } from '../src/socket/emitter.js';

type Events = Record<string, (...args: unknown[]) => void>;

class Ours extends Emitter<Events, {}> {
  emit(event: string, ...args: unknown[]): void {
    this.dispatch(event, args);
  }
}

/** The methods that both have, in one shape. */
interface Subject {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  once(event: string, listener: (...args: unknown[]) => void): unknown;
  off(...args: unknown[]): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  listeners(event: string): unknown[];
  hasListeners(event: string): boolean;
}

/** Runs a script with the reference and with ours; gives what both logged. */
function both(script: (subject: Subject, log: (...entry: unknown[]) => void) => void): unknown[][] {
  return [new Reference() as unknown as Subject, new Ours() as unknown as Subject].map(
    (subject) => {
      const entries: unknown[] = [];
      script(subject, (...entry) => entries.push(entry));
      return entries;
    },
  );
}

const SCRIPTS: [string, (subject: Subject, log: (...entry: unknown[]) => void) => void][] = [
  [
    'listeners_are_called_in_order_with_all_arguments',
    (subject, log) => {
      subject.on('a', (...args) => log('first', ...args));
      subject.on('a', (...args) => log('second', ...args));
      subject.on('b', () => log('other'));
      subject.emit('a', 1, undefined, 'x');
    },
  ],
  [
    'the_same_listener_twice_is_called_twice_and_removed_one_by_one',
    (subject, log) => {
      const listener = (): void => log('called');
      subject.on('a', listener);
      subject.on('a', listener);
      subject.emit('a');
      subject.off('a', listener);
      subject.emit('a');
    },
  ],
  [
    'once_is_removed_before_the_call',
    (subject, log) => {
      subject.once('a', () => {
        log('called');
        subject.emit('a');
      });
      subject.emit('a');
      subject.emit('a');
    },
  ],
  [
    'off_finds_the_original_of_once',
    (subject, log) => {
      const listener = (): void => log('called');
      subject.once('a', listener);
      log((subject.listeners('a')[0] as { fn: unknown }).fn === listener);
      subject.off('a', listener);
      subject.emit('a');
    },
  ],
  [
    'a_listener_added_or_removed_meanwhile_counts_from_the_next_event_on',
    (subject, log) => {
      const late = (): void => log('late');
      const gone = (): void => log('gone');
      subject.on('a', () => {
        subject.on('a', late);
        subject.off('a', gone);
      });
      subject.on('a', gone);
      subject.emit('a');
      log('again');
      subject.emit('a');
    },
  ],
  [
    'off_with_an_event_removes_its_listeners_and_off_alone_removes_all',
    (subject, log) => {
      for (const event of ['a', 'b', 'c']) subject.on(event, () => log(event));
      subject.off('a');
      for (const event of ['a', 'b', 'c']) subject.emit(event);
      subject.off();
      for (const event of ['a', 'b', 'c']) subject.emit(event);
    },
  ],
  [
    'off_with_an_undefined_listener_removes_nothing',
    (subject, log) => {
      subject.on('a', () => log('called'));
      subject.off('a', undefined);
      subject.emit('a');
    },
  ],
  [
    'listeners_and_has_listeners_tell_what_is_there',
    (subject, log) => {
      const listener = (): void => undefined;
      log(subject.listeners('a'), subject.hasListeners('a'));
      subject.on('a', listener);
      log(subject.listeners('a').length, subject.hasListeners('a'));
      subject.off('a', listener);
      log(subject.listeners('a'), subject.hasListeners('a'));
    },
  ],
  [
    'names_of_object_members_are_names_like_any_other',
    (subject, log) => {
      subject.emit('constructor');
      subject.emit('__proto__');
      subject.on('__proto__', () => log('proto'));
      subject.emit('__proto__');
    },
  ],
];

test.each(SCRIPTS)('%s', (_, script) => {
  const [reference, ours] = both(script);

  expect(ours).toEqual(reference);
  expect(ours).not.toBeUndefined();
});

test.each([
  'addEventListener',
  'removeListener',
  'removeEventListener',
  'removeAllListeners',
] as const)('%s_is_there_as_upstream', (alias) => {
  const ours = new Ours();
  const listener = vi.fn();

  if (alias === 'addEventListener') ours.addEventListener('a', listener);
  else ours.on('a', listener)[alias]('a');
  ours.emit('a');

  expect(listener).toHaveBeenCalledTimes(alias === 'addEventListener' ? 1 : 0);
});

test('a_listener_that_throws_is_reported_and_the_next_hears_the_event', () => {
  const failure = new Error('from a listener');
  const report = vi.fn();
  vi.stubGlobal('reportError', report);
  const ours = new Ours();
  const next = vi.fn();
  ours.on('a', () => {
    throw failure;
  });
  ours.on('a', next);

  ours.emit('a', 1);

  expect(next.mock.calls).toEqual([[1]]);
  expect(report.mock.calls).toEqual([[failure]]);
  vi.unstubAllGlobals();
});

test('listeners_are_called_on_the_emitter', () => {
  const ours = new Ours();
  const seen: unknown[] = [];
  ours.on('a', function (this: unknown) {
    seen.push(this);
  });
  ours.once('a', function (this: unknown) {
    seen.push(this);
  });

  ours.emit('a');

  expect(seen).toEqual([ours, ours]);
});
