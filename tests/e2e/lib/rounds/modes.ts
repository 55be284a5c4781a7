import type { ChromiumTab } from '../chromium.js';
import { processOf } from '../processes.js';
import type { Tab } from '../tab.js';
import { FAST } from '../probe.js';
import type { WebDriverTab } from '../webdriver.js';
import type { Backend, BackendOptions } from './backend.js';
import type { Engine, Stage } from './stage.js';

/** One way for a leader to fail. */
export interface Mode {
  readonly name: string;
  /** Default: all. */
  readonly engines?: readonly Engine[];
  /**
   * What becomes of the leader's page: it is `gone`, it is loaded anew (`returns`), it goes on where it
   * was interrupted (`resumes`), or only its connection was hit (`stays`).
   */
  readonly fate: 'gone' | 'returns' | 'resumes' | 'stays';
  /** From the blow to its effect. */
  readonly beginsAfterMs?: number;
  /** How long the fault lasts, if it ends by itself or is ended. */
  readonly lastsMs?: number;
  /** The longest pause of deliveries in a surviving tab that is allowed, by median and at most. */
  readonly pauseMs: { readonly median: number; readonly max: number };
  /** How backends are made for it, where their defaults will not do. */
  readonly backend?: BackendOptions;
  /** Prepares the fault; what is returned does it, and need not wait for its effect. */
  aim(leader: Tab, stage: Stage, backend: Backend): Promise<() => Promise<void>>;
  /** Ends the fault. */
  mend?(leader: Tab): Promise<void>;
}

/** Longer than a leader may be silent, and longer than the test allows for a pause. */
const HANG_MS = 4000;

const AT_ONCE = { median: 60, max: 350 };
/** With a threshold of 1.5 s until a silent leader is given up. */
const AFTER_SILENCE = { median: 2000, max: 2000 };

export const MODES: readonly Mode[] = [
  {
    name: 'close',
    fate: 'gone',
    pauseMs: AT_ONCE,
    aim: async (leader) => () => leader.close(),
  },
  {
    name: 'kill',
    // WebKit's driver ends the session when a process of the browser does: kill.webkit.test.ts.
    engines: ['chromium', 'chromium-tabs', 'firefox'],
    fate: 'gone',
    pauseMs: AT_ONCE,
    async aim(leader) {
      const pid = await processOf(leader, 'rounds.spin(args[0])');
      return async () => void process.kill(pid, 'SIGKILL');
    },
  },
  {
    name: 'crash',
    engines: ['chromium'],
    fate: 'gone',
    pauseMs: AT_ONCE,
    aim: async (leader) => () => (leader as ChromiumTab).crash(),
  },
  {
    name: 'reload',
    fate: 'returns',
    pauseMs: AT_ONCE,
    aim: async (leader) => () => leader.reload(),
  },
  {
    name: 'navigate',
    fate: 'returns',
    pauseMs: AT_ONCE,
    aim: async (leader, stage) => () => stage.leave(leader),
    mend: (leader) => leader.back(),
  },
  {
    name: 'freeze',
    engines: ['chromium-tabs'],
    fate: 'resumes',
    pauseMs: AT_ONCE,
    aim: async (leader) => () => (leader as WebDriverTab).setFrozen(true),
    mend: (leader) => (leader as WebDriverTab).setFrozen(false),
  },
  {
    name: 'hang',
    fate: 'resumes',
    lastsMs: HANG_MS,
    pauseMs: AFTER_SILENCE,
    beginsAfterMs: 200,
    // Only a visible tab replaces a leader that hangs, and drivers show the tab that they ask.
    aim: async (leader, stage) => async () => {
      await leader.run('rounds.hang(...args)', 200, HANG_MS);
      await stage.tabs.find((tab) => tab !== leader)?.run('return 0');
    },
  },
  {
    name: 'sleep',
    fate: 'stays',
    lastsMs: 2000,
    pauseMs: AFTER_SILENCE,
    backend: { heartbeat: { interval: 500, timeout: 1000 }, io: FAST },
    aim: async (_, __, backend) => async () => backend.blackHole(),
  },
];

export function modesOf(engine: Engine): Mode[] {
  return MODES.filter(({ engines }) => engines?.includes(engine) ?? true);
}
