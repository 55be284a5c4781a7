// @ts-ignore: made by the build; the sources compile without it
import * as glue from '../../wasm/chat.js';
import { loader } from '../core/loader.js';
import type { ChatCore } from './core.js';

/** Loads the wasm of the chat, once: a file of its own, which only those download who chat. */
export const loadChatCore = /* @__PURE__ */ loader<ChatCore>({
  file: () => new URL('../../wasm/chat_bg.wasm', import.meta.url),
  glue,
  // @ts-ignore: made by the build; the sources compile without it
  inlineCopy: () => import('../../wasm/chat_bg.base64.js'),
});
