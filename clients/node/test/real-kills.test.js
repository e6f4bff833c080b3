'use strict';

// Kills the real bridge many times. Another process plays the API, so the tasks outlive the bridge. After each death, a
// task changes.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { setTimeout: delay } = require('node:timers/promises');
const { CoverBridge } = require('cover-bridge');
const { REAL, collect, eventually, gatedAPI, needsBridge, real, states, temporary } = require('./support.js');

const ENDS = { a: 'succeeded', b: 'failed', ü: 'succeeded' };
// After each death, the test opens one of these gates. A gate changes a task.
const GATES = [
  ...Object.keys(ENDS).map((taskId) => `generating-${encodeURIComponent(taskId)}`),
  ...Object.entries(ENDS).map(([taskId, end]) => `${end}-${encodeURIComponent(taskId)}`),
];

/** Starts the pretend API in a process of its own. */
async function sandbox(t) {
  const server = spawn(REAL, ['sandbox'], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => server.kill());
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
  return line.trim();
}

/** For each gate: kills the bridge at once, while it catches up, or later. Then opens the gate. */
async function killAgainAndAgain(bridge, open) {
  const pauses = [300, 0, 200, 0, 400, 0];
  const killed = [];
  for (const [index, gate] of GATES.entries()) {
    if (pauses[index] > 0) {
      // The bridge must answer before its next death, because the client gives up after three deaths in a row without
      // an answer.
      await bridge.ping().catch(() => {});
    }
    await delay(pauses[index]);
    const { pid } = bridge;
    process.kill(pid, 'SIGKILL');
    killed.push(pid);
    open(gate);
    await eventually(() => bridge.pid !== pid);
  }
  return killed;
}

for (const persistent of [false, true]) {
  test(`each change arrives once, journal ${persistent ? 'kept' : 'lost'}`, needsBridge, async (t) => {
    const journal = persistent ? path.join(temporary(t), 'journal.sqlite') : undefined;
    const { endpoint, open } = await gatedAPI(t);
    const bridge = new CoverBridge({ endpoint, apiKey: 'any', journal, interval: 1, rate: 1000, restart: true });
    t.after(() => bridge.close());
    await bridge.start();
    const watching = collect(bridge.watch(Object.keys(ENDS)));
    const killed = await killAgainAndAgain(bridge, open);
    const events = await watching;
    assert.equal(new Set(killed).size, GATES.length);
    for (const [taskId, end] of Object.entries(ENDS)) {
      const own = events.filter((event) => event.taskId === taskId);
      // The events do not contain changes that happened while no bridge ran.
      const seen = states(own);
      assert.deepEqual(seen, ['pending', 'generating', end].filter((state) => seen.includes(state)));
      assert.deepEqual(own.map((event) => event.final), seen.map((state) => state === end));
    }
    if (persistent) {
      const sequences = events.map((event) => event.sequence);
      assert.deepEqual(sequences, [...new Set(sequences)].sort((a, b) => a - b));
    }
  });
}

for (const persistent of [false, true]) {
  test(`killed in the middle, with ${persistent ? 'a file' : 'memory'} as journal`, needsBridge, async (t) => {
    const journal = persistent ? path.join(temporary(t), 'journal.sqlite') : undefined;
    const { endpoint, open } = await gatedAPI(t);
    const options = { sandbox: false, endpoint, apiKey: 'any', interval: 1 };
    const bridge = await real(t, { ...options, journal, restart: true }).start();
    const { epoch } = bridge.journal;
    const { pid } = bridge;
    const events = [];
    for await (const event of bridge.watch(['a', 'b'])) {
      events.push(event);
      if (events.length === 2) {
        process.kill(pid, 'SIGKILL');
        await eventually(() => bridge.pid !== pid);
        open('generating');
      } else if (events.length === 4) {
        open('succeeded');
      }
    }
    for (const taskId of ['a', 'b']) {
      const own = events.filter((event) => event.taskId === taskId);
      assert.deepEqual(states(own), ['pending', 'generating', 'succeeded']);
    }
    assert.equal(bridge.journal.epoch === epoch, persistent);
    if (persistent) {
      assert.deepEqual(events.map((event) => event.sequence), [1, 2, 3, 4, 5, 6]);
    }
  });
}

test('a relative path names the same journal in every later working directory', needsBridge, async (t) => {
  const before = process.cwd();
  t.after(() => process.chdir(before));
  const directory = temporary(t);
  process.chdir(directory);
  const bridge = real(t, { journal: 'j.db', restart: true });
  process.chdir('/');
  await bridge.start();
  const { epoch } = bridge.journal;
  const { pid } = bridge;
  process.kill(pid, 'SIGKILL');
  await eventually(() => bridge.pid !== pid);
  await bridge.ping();
  assert.equal(bridge.journal.epoch, epoch);
  assert.ok(fs.existsSync(path.join(directory, 'j.db')));
});

test('another client gets the last status of a watch that a journal kept, at once', needsBridge, async (t) => {
  const journal = path.join(temporary(t), 'journal.sqlite');
  const endpoint = await sandbox(t);
  const options = { endpoint, apiKey: 'any', journal, interval: 60 };
  const first = new CoverBridge(options);
  t.after(() => first.close());
  const { value: change } = await first.watch('pending').next();
  process.kill(first.pid, 'SIGKILL');
  await assert.rejects(first.wait('pending'));
  const second = new CoverBridge(options);
  t.after(() => second.close());
  const { value } = await second.watch('pending').next();
  assert.equal(value.status.state, 'pending');
  assert.equal(value.sequence, change.sequence);
});
