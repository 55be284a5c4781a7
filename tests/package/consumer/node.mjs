import assert from 'node:assert/strict';
import * as contract from 'tabcast/contract';
import * as react from 'tabcast/react';
import { loadCore } from 'tabcast';

const core = await loadCore();

assert.equal(typeof core.initSync, 'function');
assert.ok(Object.values(react).some((value) => typeof value === 'function'));
assert.ok(contract);
