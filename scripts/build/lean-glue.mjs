import { Problem } from '../lib/errors.mjs';

// What wasm-bindgen writes, and what the same takes in browsers that run the package (ES2022) and with
// a loader of its own. Its version is pinned, so what is not found here is a mistake.
const CHANGES = [
  // One arrow in place of two functions, `arguments` and `apply`: it is also called faster.
  [
    /: function\(\) \{ return handleError\(function \((.*?)\) \{(.*?)\n {8}\}, arguments\); \}/gs,
    ': ($1) => {\n        try {$2\n        } catch (e) { handleError(e); }\n        }',
  ],
  [/function handleError\(f, args\) \{.*?\n\}/s, handleError],
  [/: function\((.*?)\) \{/g, ': ($1) => {'],
  [
    / {12}let result;\s*try \{\s*result = (\w+ instanceof \w+);.*?const ret = result;/gs,
    '            const ret = $1;',
  ],
  // The module is evaluated with the app's, on servers too, and must need nothing that is missing there.
  [
    /\(?typeof FinalizationRegistry === 'undefined'\)?\s*\?.*?: new FinalizationRegistry/gs,
    'new Registry',
  ],
  [
    /^/,
    `const Registry = globalThis.FinalizationRegistry ?? class { register() {} unregister() {} };\n`,
  ],
  [
    /^let cachedTextDecoder = .*\ncachedTextDecoder\.decode\(\);\n/m,
    'let cachedTextDecoder, cachedTextEncoder;\n',
  ],
  [/^if \(Symbol\.dispose\) .*\n/gm, ''],
  [/^ {4}if \(realloc === undefined\) \{.*?^ {4}\}\n/ms, ''],
  [
    /typeof (?:global|self|window) === 'undefined' \? undefined : (?:global|self|window);/g,
    // `globalThis` is asked for first.
    'undefined;',
  ],
  [/^const cachedTextEncoder = .*\n/m, ''],
  [/^if \(!\('encodeInto' in cachedTextEncoder\)\) \{.*?^\}\n/ms, ''],
  [/^async function __wbg_load\(.*/ms, instantiation],
];

/** Gives glue of wasm-bindgen that is a fourth smaller and does the same. */
export function lean(glue) {
  return CHANGES.reduce((code, [pattern, replacement]) => {
    if (code.search(pattern) < 0) throw new Problem(`the glue of wasm-bindgen has no ${pattern}`);
    return code.replace(pattern, replacement);
  }, glue);
}

function handleError(before) {
  const body = before.match(/catch \(e\) \{(.*?)\n {4}\}/s)[1];
  return `function handleError(e) {${body}\n}`;
}

// No second way in, no old signatures: our loader calls it once at a time, with one object.
function instantiation() {
  return `async function __wbg_load(module, imports) {
    if (!globalThis.Response || !(module instanceof Response)) {
        const made = await WebAssembly.instantiate(module, imports);
        return made.instance ?? made;
    }
    if (!module.ok) {
        throw new Error(\`failed to fetch Wasm: \${module.status} \${module.statusText} fetching '\${module.url}'\`);
    }
    try {
        return (await WebAssembly.instantiateStreaming(module, imports)).instance;
    } catch (e) {
        if (!/^(basic|cors|default)$/.test(module.type) || module.headers.get('Content-Type') === 'application/wasm') throw e;
        console.warn("\`WebAssembly.instantiateStreaming\` failed because your server does not serve Wasm with \`application/wasm\` MIME type. Falling back to \`WebAssembly.instantiate\` which is slower. Original error:\\n", e);
        return (await WebAssembly.instantiate(await module.arrayBuffer(), imports)).instance;
    }
}

export default async function init({ module_or_path: source }) {
    source = await source;
    if (typeof source === 'string' || source instanceof URL) source = await fetch(source);
    cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
    cachedTextEncoder = new TextEncoder();
    return __wbg_finalize_init(await __wbg_load(source, __wbg_get_imports()));
}
`;
}
