'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { LineSplitter } = require('../lib/lines.js');
const { REAL, needsBridge } = require('./support.js');

// Replays the recorded sessions of the bridge's own tests. Node is the client of the bridge.
const folder = path.join(__dirname, '../../../Tests/Transcripts');

test('the transcript of requests and errors', needsBridge, async () => {
  const steps = fs.readFileSync(path.join(folder, 'requests-and-errors.jsonl'), 'utf8').trimEnd().split('\n');
  const bridge = spawn(REAL, ['serve', '--sandbox'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = lines(bridge.stdout);
  let last;
  let expected = 0;
  for (const { send, expect, end } of steps.map((step) => JSON.parse(step))) {
    if (send !== undefined) {
      last = send.slice(0, 200);
      bridge.stdin.write(`${send}\n`);
    } else if (expect !== undefined) {
      const { value, done } = await said.next();
      assert.ok(!done, `nothing came after ${last}`);
      assert.ok(matches(JSON.parse(value), expect), `after ${last} came ${value}`);
      expected += 1;
    } else if (end) {
      bridge.stdin.end();
      assert.deepEqual(await said.next(), { done: true, value: undefined });
    }
  }
  assert.ok(expected > 20);
});

async function* lines(stream) {
  const splitter = new LineSplitter();
  for await (const chunk of stream) {
    yield* splitter.feed(chunk);
  }
}

/** Whether an error has the listed members of the expected error. The message and other members may differ. */
function matches(actual, expected, isError = false) {
  if (typeof expected !== 'object' || expected === null) {
    return actual === expected;
  }
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== Array.isArray(expected)) {
    return false;
  }
  const names = Object.keys(expected);
  return (
    (isError || names.length === Object.keys(actual).length) &&
    names.every((name) => matches(actual[name], expected[name], isError || name === 'error'))
  );
}
