'use strict';

// What a restart does to calls and watches: nothing twice, and nothing lost.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { setTimeout: delay } = require('node:timers/promises');
const errors = require('cover-bridge');
const { collect, eventually, fake, states, temporary } = require('./support.js');

const STATES = ['pending', 'generating', 'succeeded'];

/** Resolves when the client knows of the death. */
async function kill(bridge) {
  const noticed = assert.rejects(bridge.wait('x'), errors.BridgeDied);
  process.kill(bridge.pid, 'SIGKILL');
  await noticed;
}

/** A fake that restarts, and the file that remembers its death. */
function mortal(t, env = {}) {
  return fake(t, { restart: true, env: { FAKE_DIED: path.join(temporary(t), 'died'), ...env } });
}

test('what is held at a second death is sent, and once', async (t) => {
  const FAKE_RELAPSE = path.join(temporary(t), 'relapse');
  const { bridge, heard } = mortal(t, { FAKE_RELAPSE });
  const events = bridge.watch('relapse');
  await events.next();
  // Two more processes die before there is a line again.
  fs.writeFileSync(FAKE_RELAPSE, '2');
  await kill(bridge);
  assert.equal((await bridge.generate('music')).taskId, 'cover-of-music');
  assert.equal(heard('initialize').length, 4);
  assert.equal(heard('cover/generate').length, 1);
});

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

for (const persistent of [false, true]) {
  test(`a watch whose answer the death swallowed, journal ${persistent ? 'kept' : 'lost'}`, async (t) => {
    const env = persistent ? { FAKE_JOURNAL: path.join(temporary(t), 'journal.json') } : {};
    const { bridge, heard } = mortal(t, env);
    assert.deepEqual(states(await collect(bridge.watch('lethal'))), STATES);
    assert.equal(heard('cover/watch').length, 2);
  });
}

test('a step back after a restart is no change', async (t) => {
  assert.deepEqual(states(await collect(mortal(t).bridge.watch('lagging'))), STATES);
});

test('a second iterator after a restart misses nothing', async (t) => {
  const { bridge } = mortal(t);
  // The new journal counts from one again, far below this.
  assert.equal((await collect(bridge.watch('many:50'))).length, 51);
  const first = bridge.watch('twice');
  await first.next();
  await kill(bridge);
  await bridge.ping();
  assert.deepEqual(states(await collect(bridge.watch('twice'))), STATES);
  assert.deepEqual(states(await collect(first)), STATES.slice(1));
});

test('a restart is tried again', async (t) => {
  const broken = path.join(temporary(t), 'broken');
  const { bridge, heard } = mortal(t, { FAKE_START_FAILS: broken });
  await bridge.watch('open').next();
  fs.writeFileSync(broken, '2');
  await kill(bridge);
  assert.equal((await bridge.status('x')).taskId, 'x');
  assert.equal(heard('initialize').length, 4);
});

test('an end of an earlier watch is not for a later one', async (t) => {
  const { bridge } = fake(t);
  await bridge.start();
  const early = bridge.watch('ended');
  const late = bridge.watch('ended');
  assert.equal((await collect(early)).length, 1);
  const [{ sequence }] = await collect(late);
  assert.equal(sequence, 2);
});
