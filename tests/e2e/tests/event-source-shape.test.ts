import { describe, expect, test } from 'vitest';
import { ENGINES } from '../lib/engines.js';
import { LabPage } from '../lib/lab-page.js';

/** Everything that code can see of a class `C` and an instance of it. */
const SHAPE = `
  const property = ({ value, get, set, ...flags }) => ({
    ...flags,
    is: get ? 'accessor' : typeof value,
    ...(get ? { settable: set !== undefined } : {}),
    ...(typeof value === 'function' ? { parameters: value.length } : { value }),
  });
  const properties = (object, left = []) =>
    Object.fromEntries(
      Reflect.ownKeys(object)
        .filter((name) => !left.includes(name))
        .sort((a, b) => String(a).localeCompare(String(b)))
        .map((name) => [String(name), property(Object.getOwnPropertyDescriptor(object, name))]),
    );
  const thrown = (act) => {
    try {
      return [typeof act()];
    } catch (error) {
      return error.name;
    }
  };
  const shape = (C, url) => {
    const es = new C(url, { withCredentials: true });
    const listed = [];
    for (const name in es) listed.push(name);
    es.onmessage = 'no function';
    const result = {
      class: properties(C, ['prototype', 'name']),
      prototype: properties(C.prototype, ['constructor']),
      own: properties(es),
      listed: listed.sort(),
      values: [es.url, es.withCredentials, es.readyState, es.onopen, es.onmessage, es.onerror],
      string: String(es),
      parents: [es instanceof EventTarget, Object.getPrototypeOf(C) === EventTarget],
      withoutNew: thrown(() => C(url)),
      withoutURL: thrown(() => new C()),
      badURL: thrown(() => new C('http://[')),
      relative: new C('/x?y#z').url,
      ofAnother: thrown(() => C.prototype.readyState),
      readonly: thrown(() => { 'use strict'; es.url = ''; }),
    };
    es.close();
    result.values.push(es.readyState);
    return result;
  };`;

describe.each(ENGINES)('%s', (engine) => {
  const page = LabPage.use(engine);

  test('the drop-in EventSource has the members of the browser’s, and no others', async () => {
    const [native, own] = await page.tab.run<[unknown, unknown]>(
      `${SHAPE} return [shape(EventSource, '/feed'), shape(tabcast.EventSource, '/feed')];`,
    );

    expect(own).toEqual(native);
  });
});
