'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { getEventListeners } = require('node:events');
const { test } = require('node:test');
const errors = require('cover-bridge');
const { BridgeDied, InvalidParams } = require('../lib/errors.js');
const { LineSplitter } = require('../lib/lines.js');
const wire = require('../lib/wire.js');
const { collect, eventually, fake } = require('./support.js');

for (const taskId of ['garbage', 'noise', 'unknown', 'split-ü€😀', 'split-a\u2028b\u2029c\u0085d', 'plain-\u2028']) {
  test(`the answer arrives unchanged: ${JSON.stringify(taskId)}`, async (t) => {
    const { bridge } = fake(t);
    const status = await bridge.status(taskId);
    assert.equal(status.taskId, taskId);
    assert.deepEqual(status.createdAt, new Date('2026-01-02T03:04:05.678Z'));
    assert.deepEqual(status.addedLater, { a: [1] }, 'what a newer bridge adds is kept');
    await bridge.ping();
  });
}

test('an answer of a megabyte', async (t) => {
  assert.equal((await fake(t).bridge.status('huge')).callbackUrl.length, 1 << 20);
});

test('an answer in an unknown shape', async (t) => {
  const { bridge } = fake(t);
  await assert.rejects(bridge.status('shapeless'), errors.ProtocolError);
  await bridge.ping();
});

test('another version of the protocol', async (t) => {
  await assert.rejects(fake(t, { env: { FAKE_VERSION: '2' } }).bridge.start(), errors.ProtocolError);
});

for (const [name, type] of Object.entries(errors).filter(([, type]) => type.kind !== undefined)) {
  test(`the error of the kind ${type.kind}`, async (t) => {
    await assert.rejects(fake(t).bridge.status(`error:${type.kind}`), (error) => {
      // A kind of this package has no meaning in an error of the bridge.
      const expected = name === 'BridgeDied' ? errors.CoverBridgeError : type;
      assert.equal(error.constructor, expected);
      assert.deepEqual([error.kind, error.code, error.retryable, error.retryAfter], [type.kind, 400, true, 1.5]);
      assert.equal(error.last?.state, name === 'WaitTimeout' ? 'pending' : undefined);
      return true;
    });
  });
}

test('an error of a kind that does not exist yet', async (t) => {
  await assert.rejects(fake(t).bridge.status('error:later'), { name: 'CoverBridgeError', kind: 'later' });
});

test('a bridge that does not answer', async (t) => {
  const { bridge, heard } = fake(t, { timeout: 3 });
  await assert.rejects(bridge.status('silent'), errors.CallTimeout);
  await assert.rejects(bridge.wait('x', { timeout: 0.1 }), errors.CallTimeout);
  await bridge.ping();
  await eventually(() => heard('$/cancelRequest').length === 2);
});

test('an aborted call is cancelled in the bridge', async (t) => {
  const { bridge, heard } = fake(t);
  const controller = new AbortController();
  const waiting = assert.rejects(bridge.wait('x', { signal: controller.signal }), /enough/);
  await eventually(() => heard('cover/wait').length === 1);
  controller.abort(new Error('enough'));
  await waiting;
  await bridge.ping();
  assert.deepEqual(heard('$/cancelRequest')[0].params, { id: heard('cover/wait')[0].id });
});

test('one signal for many calls', async (t) => {
  const { bridge, heard } = fake(t);
  const warnings = [];
  const warn = (warning) => warnings.push(warning.message);
  process.on('warning', warn);
  t.after(() => process.off('warning', warn));
  const controller = new AbortController();
  const { signal } = controller;
  for (let number = 0; number < 20; number += 1) {
    await bridge.status('plain', { signal });
  }
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  const calls = Array.from({ length: 20 }, (_, number) => bridge.wait(`w${number}`, { signal }));
  calls.push(...Array.from({ length: 20 }, (_, number) => bridge.watch(`open-${number}`, { signal }).next()));
  await calls[20];
  await eventually(() => heard('cover/watch').length === 20);
  await bridge.ping();
  controller.abort(new Error('enough'));
  const results = await Promise.allSettled(calls);
  assert.equal(results.filter(({ reason }) => reason?.message === 'enough').length, 20);
  await bridge.ping();
  assert.equal(heard('$/cancelRequest').length, 20);
  await eventually(() => heard('cover/unwatch').length === 20);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await assert.rejects(bridge.status('plain', { signal }), /enough/);
  assert.deepEqual(warnings, []);
});

test('progress, and errors in its callback', async (t) => {
  const { bridge } = fake(t);
  const reports = [];
  const [file] = await bridge.download('x', '.', { progress: (report) => reports.push(report.bytes) });
  assert.deepEqual(reports, [1, 2, 3]);
  assert.equal(file.path, `${process.cwd()}/b.png`);
  const fail = () => {
    throw new Error('no more');
  };
  await assert.rejects(bridge.download('x', '.', { progress: fail }), /no more/);
});

test('health', async (t) => {
  const states = [];
  const { bridge } = fake(t, { onHealth: (health) => states.push(health) });
  const stats = await bridge.stats();
  assert.deepEqual(states, [stats.health]);
  assert.ok(states[0].retryAt instanceof Date);
});

test('callbacks run in the asynchronous context of the caller', async (t) => {
  const storage = new AsyncLocalStorage();
  const seen = {};
  const onHealth = () => (seen.health = storage.getStore());
  const { bridge } = storage.run('constructor', () => fake(t, { onHealth }));
  const progress = () => (seen.progress = storage.getStore());
  await bridge.start();
  await storage.run('call', () => bridge.download('x', '.', { progress }));
  await bridge.stats();
  assert.deepEqual(seen, { progress: 'call', health: 'constructor' });
});

test('a message that no bridge can read is not sent', async (t) => {
  const { bridge } = fake(t);
  await assert.rejects(bridge.status('\ud800'), /not well-formed/);
  const refused = (parameter) => ({ name: 'InvalidParams', kind: 'invalidParams', parameter });
  await assert.rejects(bridge.status('\ud800'), refused('taskId'));
  await assert.rejects(bridge.wait('x', { timeout: NaN }), refused('timeout'));
  await assert.rejects(bridge.status(7n), refused('taskId'));
  await assert.rejects(bridge.changes({ after: 7n }), refused('after'));
  await assert.rejects(bridge.generate('x', { callbackUrl: 'https://a.example/\udc00' }), refused('callbackUrl'));
  await assert.rejects(bridge.wait('x', { timeout: '5' }), refused('timeout'));
  await assert.rejects(bridge.wait('x', { timeout: 7n }), refused('timeout'));
  await assert.rejects(bridge.unwatch(new Uint8Array([97])), refused('taskIds'));
  assert.throws(() => bridge.watch([null]), refused('taskIds'));
  await assert.rejects(bridge.download('x', 7), refused('directory'));
  await assert.rejects(bridge.download('x', ''), refused('directory'));
  await assert.rejects(bridge.download('x', new URL('https://a')), refused('directory'));
  await assert.rejects(bridge.callback('{}', { headers: 'a: b' }), refused('headers'));
  await assert.rejects(bridge.generate('x', { callbackUrl: () => 'https://a' }), refused('callbackUrl'));
  const circle = {};
  circle.circle = circle;
  await assert.rejects(bridge.callback(circle, {}), refused('body'));
  assert.throws(() => wire.request(1, 'm', { text: '\\\\\udfff' }), refused('text'));
  assert.equal((await bridge.status('plain-\\ud800 😀')).taskId, 'plain-\\ud800 😀');
});

test('an error keeps its message as JSON, alone and in an event', () => {
  const error = new InvalidParams('no', { code: -32602, data: { kind: 'invalidParams', parameter: 'x' } });
  const event = JSON.parse(JSON.stringify({ reason: 'invalidParams', error }));
  const { name, message, kind, code, data } = event.error;
  assert.deepEqual([name, message, kind, code, data.parameter], ['InvalidParams', 'no', 'invalidParams', -32602, 'x']);
  const died = JSON.parse(JSON.stringify(new BridgeDied({ exitCode: 7, signal: null, stderrTail: 'oh' })));
  assert.deepEqual([died.message, died.exitCode, died.stderrTail], ['the bridge exited with code 7: oh', 7, 'oh']);
});

test('Infinity is not sent as a number, and null means no timeout', async (t) => {
  const { bridge, heard } = fake(t, { timeout: Infinity });
  for (const timeout of [Infinity, null]) {
    await collect(bridge.watch('success', { timeout }));
    assert.deepEqual(heard('cover/watch').at(-1).params, { taskIds: ['success'] });
  }
  const hasty = fake(t, { timeout: 0.2 });
  const signal = AbortSignal.timeout(600);
  await assert.rejects(hasty.bridge.wait('x', { timeout: null, signal }), { name: 'TimeoutError' });
});

test('lines are complete however the chunks are split', () => {
  const text = Buffer.from('eins\n\nzwei \u2028 ü€😀\r\ndrei');
  for (let size = 1; size <= text.length; size += 1) {
    const lines = new LineSplitter();
    const found = [];
    for (let start = 0; start < text.length; start += size) {
      found.push(...lines.feed(text.subarray(start, start + size)));
    }
    assert.deepEqual([...found, lines.rest()].map(String), ['eins', '', 'zwei \u2028 ü€😀\r', 'drei']);
  }
});
