/** One tab of one browser, driven by Playwright or by WebDriver. */
export interface Tab {
  /** Opens `url` in the tab and waits until it is loaded. */
  goto(url: string): Promise<void>;
  /** Runs the body of an async function in the page; `args` is what it gets as `args`. */
  run<T = unknown>(body: string, ...args: unknown[]): Promise<T>;
  reload(): Promise<void>;
  /** Goes back to the page before, which the browser may have kept. */
  back(): Promise<void>;
  close(): Promise<void>;
  screenshot(path: string): Promise<void>;
}

/** A browser profile: its tabs share storage, channels and locks with each other and nobody else. */
export interface Profile<T extends Tab = Tab> {
  open(url: string): Promise<T>;
  close(): Promise<void>;
}
