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

/** A client whose second process starts when the test calls `open`. */
async function gated(t) {
  const [first, gate] = ['first', 'gate'].map((name) => path.join(temporary(t), name));
  const waits = `until mkdir "${first}" || test -e "${gate}"; do sleep 0.01; done 2>/dev/null; exec "$@"`;
  const { bridge, heard } = fake(t, { restart: true, command: ['sh', '-c', waits, 'sh', ...FAKE] });
  await bridge.start();
  return { bridge, heard, open: () => fs.writeFileSync(gate, '') };
}

test('an unwatch waits for the next bridge, however long', async (t) => {
  const { setTimeout } = globalThis;
  const { bridge, heard, open } = await gated(t);
  const events = bridge.watch('open');
  await events.next();
  await kill(bridge);
  // The patience of the client is over at once.
  t.after(() => Object.assign(globalThis, { setTimeout }));
  globalThis.setTimeout = (call, delay) => setTimeout(call, delay === 10_000 ? 0 : delay);
  await events.return();
  globalThis.setTimeout = setTimeout;
  await new Promise((resolve) => setTimeout(resolve, 10));
  open();
  await eventually(() => heard('initialize').length === 2);
  await bridge.ping();
  assert.deepEqual(heard('cover/unwatch').map(({ params }) => params.taskIds), [['open']]);
});

test('a call that is cancelled while it waits is never sent', async (t) => {
  const { bridge, heard, open } = await gated(t);
  await kill(bridge);
  await assert.rejects(bridge.generate('music', { signal: AbortSignal.timeout(10) }), { name: 'TimeoutError' });
  const aborted = bridge.watch('open', { signal: AbortSignal.timeout(10) });
  await assert.rejects(aborted.next(), { name: 'TimeoutError' });
  open();
  await eventually(() => heard('initialize').length === 2);
  await bridge.ping();
  assert.deepEqual(['cover/generate', '$/cancelRequest', 'cover/watch', 'cover/unwatch'].flatMap(heard), []);
});
