'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { setTimeout: delay } = require('node:timers/promises');
const errors = require('cover-bridge');
const { Backoff, FIRST_DELAY, LONGEST_DELAY, STEADY_AFTER } = require('../lib/recovery.js');
const { collect, eventually, fake, states, temporary } = require('./support.js');

const { BridgeClosed, BridgeDied, CoverBridge } = errors;

test('a death fails what is open', async (t) => {
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

test('the last lines say why', () => {
  const text = (stderrTail) => new BridgeDied({ exitCode: 1, signal: null, stderrTail }).message;
  assert.equal(text('cause\nadvice\n'), 'the bridge exited with code 1: cause\nadvice');
  assert.equal(text('1\n2\n3\n4\n5\n6\n'), 'the bridge exited with code 1: 2\n3\n4\n5\n6');
  assert.equal(text('\n'), 'the bridge exited with code 1');
});

test('the tail of stderr is bounded', async (t) => {
  const { bridge } = fake(t);
  assert.equal((await bridge.status('noise')).taskId, 'noise');
  await assert.rejects(bridge.status('die'), (error) => {
    assert.equal(error.stderrTail.length, 8192);
    return error.stderrTail.endsWith('zlast words\n');
  });
});

test('a death at the start', async (t) => {
  const { bridge } = fake(t, { restart: true, env: { FAKE_START_FAILS: temporary(t) } });
  await assert.rejects(bridge.start(), { name: 'BridgeDied', exitCode: 9 });
});

for (const command of [['false'], ['sh', '-c', 'exec >&-; exit 1'], ['sh', '-c', 'exec <&- >&-; sleep 0.1; exit 1']]) {
  test(`a command that is no bridge: ${command.join(' ')}`, async () => {
    for (let round = 0; round < 5; round += 1) {
      const bridge = new CoverBridge({ command });
      await assert.rejects(bridge.ping(), { name: 'BridgeDied', exitCode: 1 });
      await bridge.close();
    }
  });
}

test('what the bridge leaves behind does not hide its death', async () => {
  const bridge = new CoverBridge({ command: ['sh', '-c', 'sleep 30 & exit 3'] });
  await assert.rejects(bridge.ping(), { name: 'BridgeDied', exitCode: 3 });
});

test('watches go on in a new bridge', async (t) => {
  const FAKE_DIED = path.join(temporary(t), 'died');
  const { bridge, heard } = fake(t, { restart: true, apiKey: 'secret', env: { FAKE_DIED } });
  const events = await collect(bridge.watch('brittle', { interval: 7, timeout: 100 }));
  assert.deepEqual(states(events), ['pending', 'generating', 'succeeded'], 'pending is told once');
  const [first, again] = heard('cover/watch').map(({ params }) => params);
  assert.equal(again.interval, 7);
  assert.ok(again.timeout > 90 && again.timeout < first.timeout);
  assert.deepEqual(heard('initialize').map(({ params }) => params.apiKey), ['secret', 'secret']);
});

test('a persistent journal is replayed', async (t) => {
  const directory = temporary(t);
  const env = { FAKE_DIED: path.join(directory, 'died'), FAKE_JOURNAL: path.join(directory, 'journal.json') };
  const { bridge, heard } = fake(t, { restart: true, env });
  const events = await collect(bridge.watch('brittle'));
  assert.deepEqual(states(events), ['pending', 'generating', 'succeeded']);
  assert.deepEqual(events.map((event) => event.sequence), [1, 2, 3]);
  assert.equal(heard('cover/changes')[0].params.after, 1);
});

test('calls made meanwhile wait for the new bridge', async (t) => {
  const { bridge, heard } = fake(t, { restart: true });
  await bridge.start();
  const { pid } = bridge;
  await assert.rejects(bridge.status('die'), BridgeDied);
  const controller = new AbortController();
  const aborted = assert.rejects(bridge.status('aborted', { signal: controller.signal }), { name: 'AbortError' });
  controller.abort();
  await aborted;
  assert.equal((await bridge.status('x')).taskId, 'x');
  assert.notEqual(bridge.pid, pid);
  assert.deepEqual(heard('cover/status').map(({ params }) => params.taskId), ['die', 'x']);
});

test('a restart that fails is the end', async (t) => {
  const broken = path.join(temporary(t), 'broken');
  const { bridge } = fake(t, { restart: true, env: { FAKE_START_FAILS: broken } });
  const events = bridge.watch('open');
  await events.next();
  fs.mkdirSync(broken);
  process.kill(bridge.pid, 'SIGKILL');
  await assert.rejects(events.next(), { name: 'BridgeDied', exitCode: 9 });
  await assert.rejects(bridge.ping(), BridgeDied);
});

test('deaths come slower and slower', async (t) => {
  const { bridge, heard } = fake(t, { restart: true });
  const began = performance.now();
  const events = bridge.watch('mortal');
  await eventually(() => heard('initialize').length === 4);
  assert.ok(performance.now() - began >= FIRST_DELAY * (1 + 2 + 4));
  await events.return();
});

test('backoff', () => {
  const backoff = new Backoff();
  const delays = Array.from({ length: 12 }, () => backoff.next(0));
  assert.deepEqual(delays.slice(0, 4), [1, 2, 4, 8].map((factor) => factor * FIRST_DELAY));
  assert.equal(delays.at(-1), LONGEST_DELAY);
  assert.equal(backoff.next(STEADY_AFTER), FIRST_DELAY);
});

test('closing while it is restarted', async (t) => {
  const { bridge, heard } = fake(t, { restart: true });
  await bridge.start();
  await assert.rejects(bridge.status('die'), BridgeDied);
  const held = assert.rejects(bridge.ping(), BridgeClosed);
  await bridge.close();
  await held;
  await delay(FIRST_DELAY * 3);
  assert.equal(heard('initialize').length, 1);
});
