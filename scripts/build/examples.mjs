import { whenChanged } from '../lib/fingerprint.mjs';
import { npm } from '../lib/npm.mjs';
import { step } from '../lib/progress.mjs';

/** Builds the reference server and the app that it serves. */
export async function buildExamples() {
  await buildExample('chat-api', 'examples/chat-api/dist/main.js');
  await buildExample('chat-app', 'examples/chat-app/dist/index.html');
}

function buildExample(name, output) {
  const inputs = [`examples/${name}`, 'js/src', 'js/wasm', 'package-lock.json'];
  return step(`examples/${name}`, (onLine) =>
    whenChanged(name, { inputs, outputs: [output] }, () =>
      npm(['run', 'build', '-w', name], { onLine }),
    ),
  );
}
