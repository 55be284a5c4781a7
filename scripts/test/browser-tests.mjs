import { find } from '../lib/executables.mjs';
import { run } from '../lib/run.mjs';

const ENGINES = {
  chromium: ['--chrome', '--chromedriver', 'chromedriver'],
  firefox: ['--firefox', '--geckodriver', 'geckodriver'],
  // The runner knows WebDriver servers by their browser; WebKitGTK's speaks as Safari's does.
  webkit: ['--safari', '--safaridriver', 'WebKitWebDriver'],
};

/** Runs `tests/browser` in one engine; its capabilities stand in `webdriver.json`. */
export function browserTests(engine) {
  return (options) => {
    const [browser, driverOption, driver] = ENGINES[engine];
    const wasmPack = ['wasm-pack', 'test', '--mode', 'no-install', '--headless', browser];
    const args = [...wasmPack, driverOption, find(driver), '.', '--test', 'browser'];
    if (engine !== 'webkit') return run(args[0], args.slice(1), options);
    // It has no headless mode; and its sandbox needs user namespaces, which containers lack.
    const env = { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' };
    return run('xvfb-run', ['--auto-servernum', ...args], { ...options, env });
  };
}
