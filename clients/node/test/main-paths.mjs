// Uses the main methods, with the sandbox of the real bridge. runtimes.test.js runs this program under each runtime.
// The program prints the id of a bridge that it leaves open. With the argument `end` it then ends, and with `hold` it
// waits.

import assert from 'node:assert/strict';
import process from 'node:process';
import { BridgeDied, CoverBridge, TaskNotFound, WaitTimeout } from 'cover-bridge';

const open = (options) => new CoverBridge({ sandbox: true, interval: 0.05, rate: 1000, ...options });

async function statesOf(changes, onFirst = () => {}) {
  const states = [];
  for await (const { status } of changes) {
    states.push(status.state);
    if (states.length === 1) {
      onFirst();
    }
  }
  return states;
}

const bridge = open();
assert.deepEqual(await statesOf(bridge.watch('success-1s')), ['pending', 'generating', 'succeeded']);
assert.equal((await bridge.wait('fail-0s')).state, 'failed');
await assert.rejects(bridge.wait('pending', { timeout: 0.2 }), WaitTimeout);
await assert.rejects(bridge.status('missing'), TaskNotFound);

// `break` leaves the loop and ends the watch.
for await (const { status } of bridge.watch('pending-a')) {
  assert.equal(status.state, 'pending');
  assert.equal((await bridge.watches()).length, 1);
  break;
}
await bridge.sync();
assert.deepEqual(await bridge.watches(), []);

const controller = new AbortController();
const reason = new Error('enough');
const waiting = assert.rejects(bridge.wait('pending-b', { signal: controller.signal }), (error) => error === reason);
await bridge.ping();
controller.abort(reason);
await waiting;
await bridge.close();

const mortal = open();
await mortal.start();
const died = assert.rejects(mortal.wait('pending'), BridgeDied);
await mortal.ping();
process.kill(mortal.pid, 'SIGKILL');
await died;

const restarted = open({ restart: true });
await restarted.start();
const before = restarted.pid;
const seen = await statesOf(restarted.watch('success-2s'), () => process.kill(before, 'SIGKILL'));
assert.equal(seen.at(-1), 'succeeded');
assert.notEqual(restarted.pid, before);
await restarted.close();

const left = await open().start();
console.log(left.pid);
if (process.argv.includes('hold')) {
  setInterval(() => {}, 1000);
}
