import type { Tab } from './tab.js';
import { until, untilEqual } from './until.js';

// Types `args[0]` into the first `element`. WebKit's driver runs the microtasks of the page between
// two listeners of an event that its script dispatches; in one of them React would set the field back.
const typeInto = (
  element: 'HTMLInputElement' | 'HTMLTextAreaElement',
  selector: string,
): string => `
  await new Promise((resolve) => setTimeout(resolve));
  const field = document.querySelector('${selector}');
  Object.getOwnPropertyDescriptor(${element}.prototype, 'value').set.call(field, args[0]);
  field.dispatchEvent(new Event('input', { bubbles: true }));`;
const TYPE_NAME = typeInto('HTMLInputElement', 'input');
const TYPE_MESSAGE = typeInto('HTMLTextAreaElement', 'textarea');

/** How long the app may take to take in what was typed. */
const TAKEN_MS = 15_000;

/** The chat app in one tab, used as a person uses it and read as a person reads it. */
export class ChatPage<T extends Tab = Tab> {
  constructor(readonly tab: T) {}

  async signIn(name: string): Promise<void> {
    await until('the sign-in page', () => this.tab.run(`return !!document.querySelector('input')`));
    await this.tab.run(`${TYPE_NAME} field.form.requestSubmit();`, name);
  }

  /** Waits until the tab shows a room and is connected. */
  async ready(): Promise<void> {
    await untilEqual('the connection of a tab', () => this.status(), 'connected', 60_000);
    await until('the room', () => this.tab.run(`return !!document.querySelector('textarea')`));
  }

  /** What stands at the connection: `connected`, `reconnecting`, … */
  status(): Promise<string | undefined> {
    return this.tab.run(
      `return document.querySelector('[data-testid=connection]')?.dataset.status`,
    );
  }

  /** By what the tab is connected: `websocket`, `sse`, … */
  transport(): Promise<string | undefined> {
    return this.tab.run(
      `return document.querySelector('[data-testid=connection]')?.dataset.transport`,
    );
  }

  async send(text: string): Promise<void> {
    await this.tab.run(
      `${TYPE_MESSAGE}
       const until = async (what, holds) => {
         const end = performance.now() + ${TAKEN_MS};
         while (!holds()) {
           if (performance.now() > end) throw new Error(what + ' is not so; field: ' + field.value);
           await new Promise((resolve) => setTimeout(resolve));
         }
       };
       await until('taken in', () => !field.form.querySelector('[type=submit]').disabled);
       field.form.requestSubmit();
       await until('sent', () => field.value === '');`,
      text,
    );
  }

  /** Types without sending. */
  async type(text: string): Promise<void> {
    await this.tab.run(TYPE_MESSAGE, text);
  }

  /** The texts of the messages on the page, top down. */
  texts(): Promise<string[]> {
    return this.tab.run(
      `return [...document.querySelectorAll('[data-testid=message] > div > :first-child')]
         .map((text) => text.textContent);`,
    );
  }

  /** The states of this user's own messages, top down. */
  statuses(): Promise<string[]> {
    return this.tab.run(
      `return [...document.querySelectorAll('[data-testid=message][data-mine=true]')]
         .map((message) => message.dataset.status);`,
    );
  }

  /** The presence of a person in the list, whether or not there is room to show it. */
  presence(name: string): Promise<string | undefined> {
    return this.tab.run(
      `return [...document.querySelectorAll('[data-testid=person]')]
         .find((person) => person.textContent.includes(args[0]))
         ?.querySelector('[data-state]')?.dataset.state;`,
      name,
    );
  }

  /** All that can be read on the page. */
  text(): Promise<string> {
    return this.tab.run('return document.body.innerText');
  }

  /** The tab's part: `leader`, `follower` or `solo`, and how many tabs share the connection. */
  place(): Promise<{ role: string; tabs: number; term: number }> {
    return this.tab.run(
      `const { role, tabs, term } = document.querySelector('[data-testid=tab-role]')?.dataset ?? {};
       return { role, tabs: Number(tabs), term: Number(term) };`,
    );
  }
}

/** Waits until exactly one of `pages` leads and all agree on their number; returns that one first. */
export async function leaderFirst<T extends Tab>(pages: ChatPage<T>[]): Promise<ChatPage<T>[]> {
  return until<ChatPage<T>[] | false>('one leader', async () => {
    const places = await Promise.all(pages.map((page) => page.place()));
    const leaders = pages.filter((_, index) => places[index]?.role === 'leader');
    const agreed = places.every(({ tabs }) => tabs === pages.length);
    const followers = places.filter(({ role }) => role === 'follower').length;
    if (leaders.length !== 1 || followers !== pages.length - 1 || !agreed) return false;
    return [...leaders, ...pages.filter((page) => !leaders.includes(page))];
  });
}
