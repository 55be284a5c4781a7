const assert = require('node:assert/strict');
const contract = require('tabcast/contract');
const react = require('tabcast/react');
const { loadCore } = require('tabcast');

void loadCore().then((core) => {
  assert.equal(typeof core.initSync, 'function');
  assert.ok(Object.values(react).some((value) => typeof value === 'function'));
  assert.ok(contract);
});
