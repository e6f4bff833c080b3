'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { setTimeout: delay } = require('node:timers/promises');
const errors = require('cover-bridge');
const { FIRST_DELAY } = require('../lib/restart.js');
const { REAL, collect, fake, needsBridge, states, temporary } = require('./support.js');

const { BridgeClosed, BridgeDied, CoverBridge } = errors;

test('a death fails the open calls', async (t) => {
  const { bridge } = fake(t);
  const waiting = assert.rejects(bridge.wait('x'), BridgeDied);
  const events = bridge.watch('open');
  await events.next();
  const step = assert.rejects(events.next(), BridgeDied);
  await assert.rejects(bridge.status('die'), {
    message: 'the bridge exited with code 7: last words',
    exitCode: 7,
    signal: null,
    stderrTail: 'last words\n',
    code: null,
    kind: 'bridgeDied',
  });
  await Promise.all([waiting, step]);
  await assert.rejects(bridge.ping(), BridgeDied);
  await bridge.close();
  await assert.rejects(bridge.ping(), BridgeDied, 'and says so later too');
});

test('the last lines of stderr give the reason', () => {
  const text = (stderrTail) => new BridgeDied({ exitCode: 1, signal: null, stderrTail }).message;
  assert.equal(text('cause\nadvice\n'), 'the bridge exited with code 1: cause\nadvice');
  assert.equal(text('1\n2\n3\n4\n5\n6\n'), 'the bridge exited with code 1: 2\n3\n4\n5\n6');
  assert.equal(text('\n'), 'the bridge exited with code 1');
});

const doubt = /\n(\S*) has answered nothing: is it really cover-bridge\?$/;

test('a command that is no cover-bridge', async () => {
  for (const command of ['/bin/echo', '/bin/cat', '/bin/true', process.execPath]) {
    const error = await new CoverBridge({ command }).ping().catch((reason) => reason);
    assert.equal(error.name, 'BridgeDied');
    assert.equal(doubt.exec(error.message)?.[1], command, error.message);
  }
});

test('a bridge that refuses its options', needsBridge, async () => {
  const error = await new CoverBridge({ command: REAL, sandbox: true, rate: 1e9 }).ping().catch((reason) => reason);
  assert.match(error.message, /--rate must be/);
  assert.doesNotMatch(error.message, doubt);
});

test('the tail of stderr is bounded', async (t) => {
  const { bridge } = fake(t);
  assert.equal((await bridge.status('noise')).taskId, 'noise');
  await assert.rejects(bridge.status('die'), (error) => {
    assert.equal(error.stderrTail.length, 8192);
    return error.stderrTail.endsWith('zlast words\n');
  });
});

for (const command of [['false'], ['sh', '-c', 'exec >&-; exit 1'], ['sh', '-c', 'exec <&- >&-; sleep 0.1; exit 1']]) {
  test(`a command that is not a bridge: ${command.join(' ')}`, async () => {
    for (let round = 0; round < 5; round += 1) {
      const bridge = new CoverBridge({ command });
      await assert.rejects(bridge.ping(), { name: 'BridgeDied', exitCode: 1 });
      await bridge.close();
    }
  });
}

test('a process that the bridge leaves behind does not hide its death', async () => {
  const bridge = new CoverBridge({ command: ['sh', '-c', 'sleep 30 & exit 3'] });
  await assert.rejects(bridge.ping(), { name: 'BridgeDied', exitCode: 3 });
});

test('watches continue in a new bridge', async (t) => {
  const FAKE_DIED = path.join(temporary(t), 'died');
  const { bridge, heard } = fake(t, { restart: true, apiKey: 'secret', env: { FAKE_DIED } });
  const events = await collect(bridge.watch('brittle', { interval: 7, timeout: 100 }));
  assert.deepEqual(states(events), ['pending', 'generating', 'succeeded'], 'pending is delivered once');
  const [first, again] = heard('cover/watch').map(({ params }) => params);
  assert.equal(again.interval, 7);
  assert.ok(again.timeout > 90 && again.timeout < first.timeout);
  assert.deepEqual(heard('initialize').map(({ params }) => params.apiKey), ['secret', 'secret']);
});

test('closing during a restart', async (t) => {
  const { bridge, heard } = fake(t, { restart: true });
  await bridge.start();
  await assert.rejects(bridge.status('die'), BridgeDied);
  const held = assert.rejects(bridge.ping(), BridgeClosed);
  await bridge.close();
  await held;
  await delay(FIRST_DELAY * 3);
  assert.equal(heard('initialize').length, 1);
});
