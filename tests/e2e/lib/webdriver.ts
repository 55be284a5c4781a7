import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { Builder, Capabilities, type WebDriver } from 'selenium-webdriver';
import { writeFile } from 'node:fs/promises';
import { FLAGS } from './chromium.js';
import { freePort } from './free-port.js';
import { until } from './until.js';
import type { Profile, Tab } from './tab.js';

/**
 * A browser that is driven by WebDriver.
 *
 * Chromium too: driven by Playwright all of its tabs count as visible, and none can be frozen.
 */
export type WebDriverBrowser = 'chromium' | 'firefox' | 'webkit';

/** Starts a browser with a fresh profile. All of its tabs are windows of one WebDriver session. */
export async function launchWebDriver(name: WebDriverBrowser): Promise<Profile> {
  const port = await freePort();
  const { start, capabilities, kind = 'tab' } = BROWSERS[name];
  const driverProcess = start(port);
  const server = `http://127.0.0.1:${port}`;
  try {
    await until(`${name} driver`, async () => (await fetch(`${server}/status`)).ok);
    const driver = await new Builder().usingServer(server).withCapabilities(capabilities()).build();
    await driver.manage().setTimeouts({ script: 60_000 });
    return new WebDriverProfile(driver, driverProcess, server, kind);
  } catch (error) {
    endGroup(driverProcess);
    throw error;
  }
}

const BROWSERS: Record<
  WebDriverBrowser,
  {
    start: (port: number) => ChildProcess;
    capabilities: () => Capabilities;
    kind?: 'tab' | 'window';
  }
> = {
  chromium: { start: chromedriver, capabilities: chromiumCapabilities },
  firefox: { start: geckodriver, capabilities: firefoxCapabilities },
  // Of the tabs of one window its driver shows the first; a timer of the others takes a second.
  webkit: { start: webkitDriver, capabilities: webkitCapabilities, kind: 'window' },
};

function chromedriver(port: number): ChildProcess {
  return spawn('chromedriver', [`--port=${port}`], { stdio: 'ignore', detached: true });
}

function geckodriver(port: number): ChildProcess {
  return spawn(find('geckodriver', '.tools/bin/geckodriver'), ['--port', `${port}`], {
    stdio: 'ignore',
    detached: true,
  });
}

function webkitDriver(port: number): ChildProcess {
  return spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${port}`], {
    stdio: 'ignore',
    detached: true,
    env: WEBKIT_ENVIRONMENT,
  });
}

/** What WebKit needs on a machine like this. */
export const WEBKIT_ENVIRONMENT = {
  ...process.env,
  WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
  // Without a graphics card an animation would take a whole core.
  WEBKIT_DISABLE_COMPOSITING_MODE: '1',
};

/** Ends a process with what it started, which is why each has a process group of its own. */
export function endGroup(driver: ChildProcess): void {
  if (driver.pid === undefined || driver.exitCode !== null) return;
  try {
    process.kill(-driver.pid);
  } catch {
    driver.kill();
  }
}

function chromiumCapabilities(): Capabilities {
  const args = ['--headless=new', ...FLAGS];
  return new Capabilities({
    browserName: 'chrome',
    'goog:chromeOptions': { binary: find('chromium', '.tools/bin/chromium'), args },
  });
}

function firefoxCapabilities(): Capabilities {
  return new Capabilities({
    browserName: 'firefox',
    'moz:firefoxOptions': {
      args: ['-headless'],
      binary: fileURLToPath(new URL('firefox.sh', import.meta.url)),
      prefs: {
        'dom.disable_open_during_load': false,
        'network.captive-portal-service.enabled': false,
        // A page that hangs must not take the others with it: each tab has a process of its own.
        'dom.ipc.processCount.webIsolated': 16,
        'dom.ipc.processCount': 16,
      },
    },
  });
}

function webkitCapabilities(): Capabilities {
  return new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] },
  });
}

/** The program that shows pages in WebKitGTK. */
export function miniBrowser(): string {
  const path = readdirSync('/usr/lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `/usr/lib/${entry.name}/webkit2gtk-4.1/MiniBrowser`)
    .find((path) => existsSync(path));
  if (path === undefined) throw new Error('MiniBrowser is not installed (webkit2gtk-driver)');
  return path;
}

function find(name: string, local: string): string {
  const path = new URL(`../../../${local}`, import.meta.url).pathname;
  return existsSync(path) ? path : execFileSync('which', [name], { encoding: 'utf8' }).trim();
}

class WebDriverProfile implements Profile {
  /** The window that was there first. It stays, as a browser without windows ends. */
  #anchor: string | undefined;
  /** WebDriver acts on the window that is switched to, so one command at a time. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly driver: WebDriver,
    private readonly process: ChildProcess,
    private readonly server: string,
    private readonly kind: 'tab' | 'window',
  ) {}

  async open(url: string): Promise<Tab> {
    const handle = await this.serial(async () => {
      this.#anchor ??= await this.driver.getWindowHandle();
      await this.driver.switchTo().window(this.#anchor);
      await this.driver.switchTo().newWindow(this.kind);
      return this.driver.getWindowHandle();
    });
    const tab = new WebDriverTab(this, handle);
    await tab.goto(url);
    return tab;
  }

  async close(): Promise<void> {
    await this.driver.quit().catch(() => undefined);
    endGroup(this.process);
  }

  /** Runs `command` with window `handle` in front. */
  in<T>(handle: string, command: (driver: WebDriver) => Promise<T>): Promise<T> {
    return this.serial(async () => {
      await this.driver.switchTo().window(handle);
      return command(this.driver);
    });
  }

  /** A command of Chromium's protocol, to the window that is switched to; Selenium knows none. */
  async devTools(cmd: string, params: object): Promise<void> {
    const session = (await this.driver.getSession()).getId();
    const response = await fetch(`${this.server}/session/${session}/goog/cdp/execute`, {
      method: 'POST',
      body: JSON.stringify({ cmd, params }),
    });
    if (!response.ok) throw new Error(`${cmd}: ${await response.text()}`);
  }

  private serial<T>(command: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(command, command);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

export class WebDriverTab implements Tab {
  constructor(
    private readonly profile: WebDriverProfile,
    private readonly handle: string,
  ) {}

  goto(url: string): Promise<void> {
    return this.profile.in(this.handle, (driver) => driver.get(url));
  }

  run<T>(body: string, ...args: unknown[]): Promise<T> {
    const script = `
      const done = arguments[arguments.length - 1];
      const args = arguments[0];
      (async () => { ${body} })().then(
        (value) => done({ value }),
        // WebKit's stack does not begin with the message.
        (error) => done({ error: String(error) + ' ' + (error?.stack ?? '') }),
      );`;
    return this.profile.in(this.handle, async (driver) => {
      const result = await driver.executeAsyncScript<{ value: T; error?: string }>(script, args);
      if (result.error !== undefined) throw new Error(result.error);
      return result.value;
    });
  }

  reload(): Promise<void> {
    return this.profile.in(this.handle, (driver) => driver.navigate().refresh());
  }

  back(): Promise<void> {
    return this.profile.in(this.handle, (driver) => driver.navigate().back());
  }

  close(): Promise<void> {
    return this.profile.in(this.handle, (driver) => driver.close());
  }

  /** In Chromium. */
  collectGarbage(): Promise<void> {
    return this.profile.in(this.handle, () =>
      this.profile.devTools('HeapProfiler.collectGarbage', {}),
    );
  }

  /** Only Chromium freezes pages, and only those that are hidden: others must be in front. */
  setFrozen(frozen: boolean): Promise<void> {
    const state = frozen ? 'frozen' : 'active';
    return this.profile.in(this.handle, () =>
      this.profile.devTools('Page.setWebLifecycleState', { state }),
    );
  }

  async screenshot(path: string): Promise<void> {
    const image = await this.profile.in(this.handle, (driver) => driver.takeScreenshot());
    await writeFile(path, image, 'base64');
  }
}
