import type { Payload } from '../core/connection.js';

/** Reads the names of events without parsing what is behind them. */
export class NameReader {
  /** How the event before began, up to the end of its name: servers say the same again and again. */
  #start = NONE;
  #name = '';

  /**
   * The name of an event; `undefined` if only a parser can tell.
   *
   * Most events of a busy connection concern listeners of another tab or of none.
   */
  peek(json: Payload): string | undefined {
    if (typeof json !== 'string') return String(json[0]);
    if (json.startsWith(this.#start)) return this.#name;
    if (json.charCodeAt(0) !== BRACKET || json.charCodeAt(1) !== QUOTE) return undefined;
    const name = json.slice(2, json.indexOf('"', 2));
    if (name.includes('\\')) return undefined;
    this.#remember(name);
    return name;
  }

  /** Copies the name: a part of a text keeps all of it in memory. */
  #remember(name: string): void {
    const quoted = JSON.stringify(name);
    // Not as it came, so there is no telling others by it.
    if (quoted.length !== name.length + 2) return;
    this.#start = `[${quoted}`;
    this.#name = quoted.slice(1, -1);
  }
}

/** No event begins so. */
const NONE = ' ';
const BRACKET = 0x5b;
const QUOTE = 0x22;
