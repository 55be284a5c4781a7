const assert = require('node:assert/strict');
const contract = require('tabcast/contract');
const react = require('tabcast/react');
const { deduplicate, MemoryStore } = require('tabcast/server');
const io = require('tabcast');
const { loadChat, loadCore } = io;

let instances = 0;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = (...args) => {
  // Node compiles its own HTTP parser when `Response` is first read; that comes as a module.
  if (!(args[0] instanceof WebAssembly.Module)) instances += 1;
  return instantiate(...args);
};

void Promise.all([loadCore(), loadCore(), loadChat()]).then(() => {
  assert.equal(instances, 2);
  assert.ok(Object.values(react).some((value) => typeof value === 'function'));
  assert.ok(contract);
  assert.equal(io('http://localhost/x', { autoConnect: false }).nsp, '/x');
  assert.deepEqual([io.io, io.connect, io.default], [io, io, io]);
  assert.deepEqual([typeof io.Manager, typeof io.Socket, io.protocol], ['function', 'function', 5]);
  assert.equal(typeof deduplicate, 'function');
  assert.equal(new MemoryStore().keepMs, 600_000);
});
