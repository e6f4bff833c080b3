'use strict';

// A restart must not lose or repeat calls and events.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const errors = require('cover-bridge');
const { FAKE, eventually, fake, temporary } = require('./support.js');

/** Resolves when the client has noticed the death of the bridge. */
async function kill(bridge) {
  const noticed = assert.rejects(bridge.wait('x'), errors.BridgeDied);
  process.kill(bridge.pid, 'SIGKILL');
  await noticed;
}

test('a call that is cancelled while it waits is never sent', async (t) => {
  // Before the gate is open, only the first process starts.
  const [first, gate] = ['first', 'gate'].map((name) => path.join(temporary(t), name));
  const waits = `until mkdir "${first}" || test -e "${gate}"; do sleep 0.01; done 2>/dev/null; exec "$@"`;
  const { bridge, heard } = fake(t, { restart: true, command: ['sh', '-c', waits, 'sh', ...FAKE] });
  await bridge.start();
  await kill(bridge);
  await assert.rejects(bridge.generate('music', { signal: AbortSignal.timeout(10) }), { name: 'TimeoutError' });
  const aborted = bridge.watch('open', { signal: AbortSignal.timeout(10) });
  await assert.rejects(aborted.next(), { name: 'TimeoutError' });
  fs.writeFileSync(gate, '');
  await eventually(() => heard('initialize').length === 2);
  await bridge.ping();
  assert.deepEqual(['cover/generate', '$/cancelRequest', 'cover/watch', 'cover/unwatch'].flatMap(heard), []);
});
