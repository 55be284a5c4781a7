// How the runners that we use say how many tests passed.
const PASSED = [
  /^test result: \w+\. (\d+) passed/, // cargo, wasm-bindgen-test
  /^\s*Tests\s.*?(\d+) passed/, // vitest
  /^(?:#|ℹ) pass (\d+)$/, // node:test
  /^\s*(\d+) passed \(/, // playwright
];

/** How many tests passed, by what a runner printed. */
export function countPassed(lines) {
  return lines
    .flatMap((line) => PASSED.map((pattern) => Number(line.match(pattern)?.[1] ?? 0)))
    .reduce((sum, count) => sum + count, 0);
}

// How they say which failed.
const FAILED = [
  /^test (\S+) \.\.\. FAILED$/, // cargo, wasm-bindgen-test
  /^\s*FAIL {2}(.+)$/, // vitest
  /^✖ (.+?) \([\d.]+ms\)$/, // node:test
];

/** The tests that failed, by what a runner printed. */
export function failedTests(lines) {
  const names = lines.flatMap((line) => FAILED.map((pattern) => line.match(pattern)?.[1] ?? []));
  return [...new Set(names.flat())];
}
