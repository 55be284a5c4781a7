import { loadCore } from '../core/load.js';
import type { StreamCore } from './wire.js';

/** The part of the core that keeps event streams. */
export async function loadStreamCore(): Promise<StreamCore> {
  return (await loadCore()) as unknown as StreamCore;
}
