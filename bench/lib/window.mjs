import { until } from './until.mjs';

/**
 * A window as a person has: of its tabs one is visible, the others are hidden and their timers are
 * slow. (To a page that Playwright opens it says for good that it is visible.) For `Tab` it stands in
 * the place of a context of Playwright.
 */
export class Window {
  #cdp;
  #context;

  static async open(browser) {
    const window = new Window();
    window.#cdp = await browser.newBrowserCDPSession();
    const { browserContextId } = await window.#cdp.send('Target.createBrowserContext');
    window.#context = browserContextId;
    return window;
  }

  /** Opens a tab, which is then the visible one. */
  async newPage() {
    const browserContextId = this.#context;
    const target = { url: 'about:blank', browserContextId };
    const { targetId } = await this.#cdp.send('Target.createTarget', target);
    return Page.attach(this.#cdp, targetId);
  }

  newCDPSession(page) {
    return page;
  }

  async close() {
    await this.#cdp.send('Target.disposeBrowserContext', { browserContextId: this.#context });
    await this.#cdp.detach();
  }
}

/** What `Tab` needs of a page and of its session. */
class Page {
  #cdp;
  #target;
  #session;
  #commands = 0;
  #waiting = new Map();

  static async attach(cdp, targetId) {
    const page = new Page();
    page.#cdp = cdp;
    page.#target = targetId;
    // Not flattened: Playwright would take the session for one of its own.
    const { sessionId } = await cdp.send('Target.attachToTarget', { targetId, flatten: false });
    page.#session = sessionId;
    cdp.on('Target.receivedMessageFromTarget', (received) => {
      if (received.sessionId === sessionId) page.#hear(JSON.parse(received.message));
    });
    return page;
  }

  /** Makes it the visible tab of its window. */
  async show() {
    await this.#cdp.send('Target.activateTarget', { targetId: this.#target });
    await until('visible', () => this.evaluate(() => document.visibilityState === 'visible'));
  }

  async goto(url) {
    await this.send('Page.navigate', { url });
  }

  waitForFunction(test) {
    return until('ready', () => this.evaluate(test));
  }

  async evaluate(body, argument) {
    const expression = `(${body})(${JSON.stringify(argument)})`;
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', options);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  }

  send(method, params = {}) {
    const id = ++this.#commands;
    const message = JSON.stringify({ id, method, params });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      void this.#cdp.send('Target.sendMessageToTarget', { sessionId: this.#session, message });
    });
  }

  async close() {
    await this.#cdp.send('Target.closeTarget', { targetId: this.#target });
  }

  #hear({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}
