import assert from 'node:assert/strict';
import * as contract from 'tabcast/contract';
import * as react from 'tabcast/react';
import { deduplicate, MemoryStore } from 'tabcast/server';
import io, { connect, loadChat, loadCore, Manager, protocol, Socket } from 'tabcast';

let instances = 0;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = (...args) => {
  // Node compiles its own HTTP parser when `Response` is first read; that comes as a module.
  if (!(args[0] instanceof WebAssembly.Module)) instances += 1;
  return instantiate(...args);
};

await Promise.all([loadCore(), loadCore()]);

assert.equal(instances, 1);
await loadChat();
assert.equal(instances, 2);
assert.ok(Object.values(react).some((value) => typeof value === 'function'));
assert.ok(contract);
const socket = io('http://localhost/x', { autoConnect: false });
assert.ok(socket instanceof Socket && socket.io instanceof Manager && socket.nsp === '/x');
assert.deepEqual([connect, protocol], [io, 5]);
assert.equal(typeof deduplicate, 'function');
assert.equal(new MemoryStore().keepMs, 600_000);
