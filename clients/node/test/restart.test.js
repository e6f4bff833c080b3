'use strict';

// What a restart does to calls and watches: nothing twice, and nothing lost.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: delay } = require('node:timers/promises');
const errors = require('cover-bridge');
const { eventually, fake } = require('./support.js');

/** Resolves when the client knows of the death. */
async function kill(bridge) {
  const noticed = assert.rejects(bridge.wait('x'), errors.BridgeDied);
  process.kill(bridge.pid, 'SIGKILL');
  await noticed;
}

test('what is given up while it is held is never sent', async (t) => {
  const { bridge, heard } = fake(t, { restart: true });
  await bridge.start();
  await kill(bridge);
  await assert.rejects(bridge.generate('music', { signal: AbortSignal.timeout(10) }), { name: 'TimeoutError' });
  const aborted = bridge.watch('open', { signal: AbortSignal.timeout(10) });
  await assert.rejects(aborted.next(), { name: 'TimeoutError' });
  await eventually(() => heard('initialize').length === 2);
  await delay(100);
  assert.deepEqual(['cover/generate', '$/cancelRequest', 'cover/watch', 'cover/unwatch'].flatMap(heard), []);
});
