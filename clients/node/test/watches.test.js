'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: delay } = require('node:timers/promises');
const errors = require('cover-bridge');
const { collect, eventually, fake, states } = require('./support.js');

test('a watch to its end', async (t) => {
  const { bridge, heard } = fake(t);
  const events = await collect(bridge.watch('success', { interval: 5, timeout: 60 }));
  assert.deepEqual(states(events), ['pending', 'generating', 'succeeded']);
  const [{ params }] = heard('cover/watch');
  assert.deepEqual(params, { taskIds: ['success'], interval: 5, timeout: 60 });
  assert.deepEqual(heard('cover/unwatch'), []);
});

test('several tasks, each once', async (t) => {
  const { bridge, heard } = fake(t);
  const events = await collect(bridge.watch(['success-1', 'success-2', 'success-1'].values()));
  assert.equal(events.length, 6);
  assert.deepEqual(heard('cover/watch')[0].params, { taskIds: ['success-1', 'success-2'] });
});

test('a watch that the bridge does not end in time ends by itself', async (t) => {
  const { setTimeout } = globalThis;
  t.after(() => Object.assign(globalThis, { setTimeout }));
  const { bridge, heard } = fake(t);
  await bridge.ping();
  const timers = [];
  globalThis.setTimeout = (call, delay) => {
    timers.push({ call, delay });
    return setTimeout(() => {}, 0);
  };
  const events = bridge.watch('open-1', { timeout: 5 });
  globalThis.setTimeout = setTimeout;
  await eventually(() => heard('cover/watch').length === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  timers.find(({ delay }) => delay === 15_000).call();
  await assert.rejects(collect(events), errors.CallTimeout);
  await eventually(() => heard('cover/unwatch').length === 1);
});

test('a change that arrives twice is delivered once', async (t) => {
  const events = await collect(fake(t).bridge.watch('stutter'));
  assert.deepEqual(events.map((event) => event.sequence), [1, 2, 3]);
});

test('a watch that ends early is an event', async (t) => {
  const events = await collect(fake(t).bridge.watch(['ended', 'success']));
  assert.equal(events[0].reason, 'unauthorized');
  assert.ok(events[0].error instanceof errors.Unauthorized);
  assert.equal(states(events).length, 3);
});

test('a refused watch rejects at the first step, and not before', async (t) => {
  const events = fake(t).bridge.watch('refused');
  await delay(200);
  await assert.rejects(events.next(), { name: 'InvalidParams', parameter: 'taskIds' });
  assert.deepEqual(await events.next(), { done: true, value: undefined });
});

test('a value that is not a list of ids throws', async (t) => {
  const { bridge } = fake(t);
  assert.throws(() => bridge.watch(undefined), errors.InvalidParams);
  assert.throws(() => bridge.watch(7), errors.InvalidParams);
  await assert.rejects(bridge.unwatch(undefined), errors.InvalidParams);
});

test('break, return and dispose unwatch once', async (t) => {
  const { bridge, heard } = fake(t);
  for await (const event of bridge.watch(['open-1', 'open-2'])) {
    assert.equal(event.taskId, 'open-1');
    break;
  }
  const events = bridge.watch('open-3');
  assert.equal((await events.next()).value.taskId, 'open-3');
  assert.deepEqual(await events.return(), { done: true, value: undefined });
  await events[Symbol.asyncDispose]();
  assert.deepEqual(await collect(events), []);
  await bridge.ping();
  assert.deepEqual(
    heard('cover/unwatch').map(({ params }) => params.taskIds),
    [['open-1', 'open-2'], ['open-3']],
  );
});

test('unwatch ends the iterators after the queued events', async (t) => {
  const { bridge } = fake(t);
  const events = bridge.watch(['open-1', 'open-2']);
  assert.deepEqual(await bridge.unwatch('open-1'), ['open-1']);
  assert.deepEqual(await bridge.unwatch(['open-2']), ['open-2']);
  assert.deepEqual((await collect(events)).map((event) => event.taskId), ['open-1', 'open-2']);
});

test('two iterators over one task', async (t) => {
  const { bridge, heard } = fake(t);
  const first = bridge.watch('open');
  assert.equal((await first.next()).value.sequence, 1);
  const second = bridge.watch('open');
  await bridge.ping();
  const { value } = await second.next();
  assert.deepEqual([value.sequence, value.previous, value.status.state], [1, null, 'pending'], 'the last status');
  await first.return();
  await bridge.ping();
  assert.deepEqual(heard('cover/unwatch'), [], 'the other one still watches');
  await second.return();
  await bridge.ping();
  assert.deepEqual(heard('cover/unwatch')[0].params, { taskIds: ['open'] });
});

test('an iterator that replaces another begins with the last status', async (t) => {
  const { bridge, heard } = fake(t);
  const first = bridge.watch('open');
  await first.next();
  const second = bridge.watch('open');
  await first.return();
  assert.deepEqual((await second.next()).value.status.state, 'pending');
  assert.deepEqual(heard('cover/unwatch'), []);
});

test('a task that the bridge watched before', async (t) => {
  const { bridge } = fake(t);
  const events = bridge.watch(['standing:generating', 'success']);
  const { value } = await events.next();
  assert.deepEqual([value.taskId, value.status.state, value.final], ['standing:generating', 'generating', false]);
  assert.ok(value.status.checkedAt instanceof Date);
  await events.return();
});

test('simultaneous steps are answered in order', async (t) => {
  const events = fake(t).bridge.watch('success');
  const steps = await Promise.all(Array.from({ length: 5 }, () => events.next()));
  assert.deepEqual(steps.map(({ value }) => value?.sequence), [1, 2, 3, undefined, undefined]);
  assert.deepEqual(steps.map(({ done }) => done), [false, false, false, true, true]);
});

test('a slow reader delays nothing else', async (t) => {
  const { bridge } = fake(t);
  const events = bridge.watch('many:20000');
  await bridge.ping();
  assert.equal((await bridge.status('x')).taskId, 'x');
  const sequences = (await collect(events)).map((event) => event.sequence);
  assert.deepEqual(sequences, Array.from({ length: 20_001 }, (_, index) => index + 1));
});

test('an aborted watch rejects with the reason, waiting or not', async (t) => {
  const { bridge, heard } = fake(t);
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = bridge.watch('open-1', { signal });
  const idle = bridge.watch('open-2', { signal });
  await waiting.next();
  const step = assert.rejects(waiting.next(), /enough/);
  controller.abort(new Error('enough'));
  await step;
  await assert.rejects(idle.next(), /enough/);
  await assert.rejects(bridge.watch('open-3', { signal }).next(), /enough/);
  await eventually(() => heard('cover/unwatch').length === 2);
  assert.equal(heard('cover/watch').length, 2);
});

test('closing the bridge ends an iterator that waits', async (t) => {
  const { bridge } = fake(t);
  const events = bridge.watch('open');
  await events.next();
  const step = assert.rejects(events.next(), errors.BridgeClosed);
  await bridge.close();
  await step;
  assert.deepEqual(await collect(events), []);
});
