'use strict';

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const { setTimeout: delay } = require('node:timers/promises');
const errors = require('cover-bridge');
const { alive, collect, eventually, needsBridge, real, states, temporary } = require('./support.js');

describe('the real bridge in its sandbox', needsBridge, () => {
  test('the answer to initialize', async (t) => {
    const bridge = real(t);
    assert.throws(() => bridge.serverInfo, errors.BridgeClosed);
    assert.equal(await bridge.start(), bridge);
    assert.equal(bridge.serverInfo.name, 'cover-bridge');
    assert.equal(bridge.protocolVersion, 1);
    assert.equal(bridge.sandbox, true);
    assert.equal(bridge.journal.persistent, false);
    assert.equal(bridge.limits.rate, 1000);
    assert.equal((await bridge.stats()).health.state, 'ok');
    assert.ok((await bridge.credits()) >= 0);
  });

  test('a message that is longer than the bridge reads', async (t) => {
    const bridge = real(t, { args: ['--max-message-bytes', '400'], timeout: 10 });
    // The first text is sent before the bridge has sent its limit, and the second one after that.
    for (const text of ['x', 'ü']) {
      await assert.rejects(collect(bridge.watch([text.repeat(250), 'y'.repeat(250)])), errors.MessageTooLarge);
    }
    await assert.rejects(bridge.status('z'.repeat(300)), errors.InvalidParams);
    await assert.rejects(bridge.status('z'.repeat(401)), errors.MessageTooLarge);
    assert.deepEqual(states(await collect(bridge.watch('success-0s'))), ['succeeded']);
  });

  test('a watch to the end', async (t) => {
    const bridge = real(t);
    const events = await collect(bridge.watch('success-4s'));
    assert.deepEqual(states(events), ['pending', 'generating', 'succeeded']);
    assert.deepEqual(events.map((event) => event.previous), [null, 'pending', 'generating']);
    assert.deepEqual(events.map((event) => event.sequence), [1, 2, 3]);
    const { final, status } = events.at(-1);
    assert.equal(final, true);
    assert.equal(status.images.length, 2);
    assert.ok(status.completedAt >= status.createdAt);
    assert.deepEqual(await bridge.watches(), []);
    assert.deepEqual(await bridge.changes(), { changes: events, lastSequence: 3, more: false });
    assert.equal(await bridge.sync(), 3);
  });

  test('a second iterator gets the last status at once', async (t) => {
    const bridge = real(t, { interval: 60 });
    const first = bridge.watch('pending');
    await first.next();
    const second = bridge.watch('pending');
    await first.return();
    assert.equal((await second.next()).value.status.state, 'pending');
    const [watch] = await bridge.watches({ after: 'p', limit: 1 });
    assert.deepEqual([watch.taskId, watch.last.state], ['pending', 'pending']);
    assert.deepEqual(await bridge.watches({ after: 'pending' }), []);
  });

  test('ids that look alike are two tasks', async (t) => {
    const bridge = real(t);
    const ids = ['pending-caf\u00e9', 'pending-cafe\u0301', 'pending-K', 'pending-\u212a'];
    const events = bridge.watch(ids);
    const seen = new Set();
    for await (const { taskId } of events) {
      if (seen.add(taskId).size === ids.length) {
        break;
      }
    }
    assert.deepEqual([...seen].sort(), [...ids].sort());
  });

  test('several tasks in one watch', async (t) => {
    const tasks = { 'success-4s-a': 'succeeded', 'fail-4s-b': 'failed', 'flicker-4s-c': 'succeeded' };
    const events = await collect(real(t).watch(Object.keys(tasks)));
    for (const [taskId, end] of Object.entries(tasks)) {
      const own = events.filter((event) => event.taskId === taskId);
      assert.deepEqual(states(own), ['pending', 'generating', end]);
    }
  });

  test('a failure', async (t) => {
    const status = await real(t).wait('fail-0.3s', { timeout: 20 });
    assert.equal(status.state, 'failed');
    assert.ok(status.failure.message);
  });

  test('a wait that is cancelled', async (t) => {
    const bridge = real(t);
    const controller = new AbortController();
    const waiting = bridge.wait('pending', { signal: controller.signal });
    await eventually(async () => (await bridge.stats()).watch.waiters === 1);
    controller.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
    await eventually(async () => (await bridge.stats()).watch.waiters === 0);
    await assert.rejects(bridge.ping({ signal: controller.signal }), { name: 'AbortError' });
    await assert.rejects(bridge.wait('pending', { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
  });

  test('a watch that is cancelled', async (t) => {
    const bridge = real(t);
    const controller = new AbortController();
    const seen = [];
    await assert.rejects(async () => {
      for await (const event of bridge.watch('pending', { signal: controller.signal })) {
        seen.push(event);
        setTimeout(() => controller.abort(new Error('enough')), 20);
      }
    }, /enough/);
    assert.deepEqual(states(seen), ['pending']);
    await eventually(async () => (await bridge.watches()).length === 0);
  });

  test('a wait that reaches its timeout', async (t) => {
    const bridge = real(t);
    await assert.rejects(bridge.wait('generating', { timeout: 3 }), (error) => {
      assert.ok(error instanceof errors.WaitTimeout);
      assert.equal(error.code, 1005);
      assert.equal(error.retryable, true);
      assert.equal(error.last.state, 'generating');
      assert.ok(error.last.checkedAt instanceof Date);
      assert.match(error.stack, /real-bridge\.test\.js/, 'the stack says whose call it was');
      return true;
    });
  });

  test('a watch that reaches its timeout', async (t) => {
    const events = await collect(real(t).watch('pending', { timeout: 3 }));
    assert.deepEqual(states(events), ['pending']);
    assert.equal(events.at(-1).reason, 'timeout');
  });

  test('a watch that ends with an error', async (t) => {
    const events = await collect(real(t).watch(['unauthorized', 'success-0.3s']));
    const [ended] = events.filter((event) => 'reason' in event);
    assert.deepEqual([ended.taskId, ended.reason], ['unauthorized', 'unauthorized']);
    assert.ok(ended.error instanceof errors.Unauthorized);
    assert.equal(states(events).at(-1), 'succeeded');
  });

  test('break unwatches', async (t) => {
    const bridge = real(t);
    for await (const event of bridge.watch('pending')) {
      assert.equal(event.taskId, 'pending');
      const [watch] = await bridge.watches();
      assert.ok(watch.startedAt instanceof Date);
      break;
    }
    await eventually(async () => (await bridge.watches()).length === 0);
  });

  test('killed without a restart', async (t) => {
    const bridge = await real(t).start();
    const waiting = assert.rejects(bridge.wait('pending'), { name: 'BridgeDied', signal: 'SIGKILL', exitCode: null });
    const events = bridge.watch('pending');
    await events.next();
    process.kill(bridge.pid, 'SIGKILL');
    await waiting;
    await assert.rejects(events.next(), errors.BridgeDied);
    await assert.rejects(bridge.ping(), errors.BridgeDied);
  });

  test('a slow consumer', async (t) => {
    const bridge = real(t, { rate: 5000 });
    const tasks = Array.from({ length: 700 }, (_, number) => `success-0.5s-${number}`);
    const changes = bridge.watch(tasks);
    // The loop reads nothing until the bridge has sent all events. Meanwhile, other calls get their answers.
    do {
      await bridge.ping();
    } while ((await bridge.watches()).length > 0);
    const events = await collect(changes);
    const finals = events.filter((event) => event.final).map((event) => event.taskId);
    assert.deepEqual(finals.sort(), tasks.sort());
    assert.deepEqual(events.map((event) => event.sequence), events.map((event, index) => index + 1));
  });

  test('watching directly after unwatching', async (t) => {
    const bridge = real(t);
    for (let round = 0; round < 100; round += 1) {
      for await (const event of bridge.watch('pending')) {
        assert.equal(event.taskId, 'pending');
        // The break is needed, because the bridge may handle both requests at the same time.
        break;
      }
    }
    assert.equal((await bridge.watch('pending').next()).value.taskId, 'pending');
    assert.deepEqual((await bridge.watches()).map((watch) => watch.taskId), ['pending']);
  });

  test('a folder whose name is not ASCII', async (t) => {
    const folder = path.join(temporary(t), 'für \n Elise \u2028 😀');
    const files = await real(t).download('success-0s-ä', folder);
    assert.equal(files.length, 2);
    assert.ok(files.every((file) => path.dirname(file.path) === folder && fs.existsSync(file.path)));
  });

  test('numbers that are too large', async (t) => {
    const bridge = real(t);
    for (const after of [-1, 2 ** 63, 1e30, 0.5]) {
      await assert.rejects(bridge.changes({ after }), errors.InvalidParams);
    }
    assert.deepEqual((await bridge.changes({ after: Number.MAX_SAFE_INTEGER })).changes, []);
    await assert.rejects(bridge.changes({ after: 1n }), errors.InvalidParams);
  });

  for (const taskId of ['success-0.2s-ü€😀', 'success-0.2s-\u2028 /?#%', 'x'.repeat(256)]) {
    test(`the id ${JSON.stringify(taskId.slice(0, 20))}`, async (t) => {
      const bridge = real(t);
      assert.equal((await bridge.status(taskId)).taskId, taskId);
      const [event] = await collect(bridge.watch(taskId, { timeout: 0.3 }));
      assert.equal(event.taskId, taskId);
    });
  }

  test('a download', async (t) => {
    const bridge = real(t);
    const directory = temporary(t);
    const reports = [];
    await bridge.wait('success-0.2s');
    const files = await bridge.download('success-0.2s', directory, { progress: (report) => reports.push(report) });
    assert.equal(files.length, 2);
    assert.ok(reports.length > 0);
    for (const file of files) {
      const content = fs.readFileSync(file.path);
      assert.equal(path.dirname(file.path), directory);
      assert.equal(content.subarray(1, 4).toString(), 'PNG');
      assert.equal(content.length, file.bytes);
      assert.equal(createHash('sha256').update(content).digest('hex'), file.sha256);
    }
    await assert.rejects(bridge.download('success-0.2s', directory), errors.FileExists);
    assert.deepEqual(await bridge.download('success-0.2s', directory, { overwrite: true }), files);
    await assert.rejects(bridge.download('fail-0s', directory), errors.DownloadFailed);
  });

  test('a generation', async (t) => {
    const bridge = real(t);
    const callbackUrl = 'https://example.com/callback';
    const first = await bridge.generate('music-1', { callbackUrl });
    assert.deepEqual(await bridge.generate('music-1', { callbackUrl }), { taskId: first.taskId, reused: true });
    assert.equal(first.reused, false);
    await assert.rejects(bridge.generate('music-2'), (error) => {
      assert.ok(error instanceof errors.ValidationFailed);
      return error.message.endsWith(` The API says: ${error.apiMessage}`);
    });
  });

  test('a journal outlives its bridge', async (t) => {
    const journal = path.join(temporary(t), 'journal.sqlite');
    const first = await real(t, { journal }).start();
    const events = await collect(first.watch('success-0.3s'));
    await first.close();
    const second = await real(t, { journal }).start();
    assert.equal(second.journal.epoch, first.journal.epoch);
    assert.equal(second.journal.lastSequence, events.at(-1).sequence);
    assert.deepEqual((await second.changes()).changes, events);
  });

  test('close leaves no process', async (t) => {
    const bridge = await real(t).start();
    const { pid } = bridge;
    bridge.watch('pending');
    const waiting = assert.rejects(bridge.wait('pending'), errors.BridgeClosed);
    await bridge.close();
    assert.ok(!alive(pid));
    await waiting;
    await assert.rejects(bridge.ping(), errors.BridgeClosed);
  });
});
