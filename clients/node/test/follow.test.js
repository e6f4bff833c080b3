'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');
const { outcomes } = require('../lib/follow.js');
const { text } = require('../lib/progress-line.js');
const { FAKE, fake, run } = require('./support.js');

const kinds = (found) => [...found].map(([taskId, { state, reason }]) => [taskId, state ?? reason]);
const expected = [['ended', 'unauthorized'], ['success', 'succeeded'], ['success-2', 'succeeded']];
const script = `
  const { CoverBridge } = require('cover-bridge');
  const bridge = new CoverBridge({ command: ${JSON.stringify(FAKE)} });
  bridge.follow(['success', 'ended'], { progress: true })
    .then((found) => console.log(...found.keys()))
    .finally(() => bridge.close());
`;

test('the outcome of each task, in the order of the ids', async (t) => {
  const { bridge, heard } = fake(t);
  const ids = expected.map(([taskId]) => taskId);
  assert.deepEqual(kinds(await bridge.follow(ids, { interval: 5, timeout: 60 })), expected);
  assert.deepEqual(heard('cover/watch')[0].params, { taskIds: ids, interval: 5, timeout: 60 });
});

test('a set of ids that can be read only once', async (t) => {
  const found = await fake(t).bridge.follow(['success', 'success'].values());
  assert.deepEqual(kinds(found), [['success', 'succeeded']]);
});

test('an abort rejects with its reason and unwatches', async (t) => {
  const { bridge } = fake(t);
  const reason = new Error('enough');
  await assert.rejects(bridge.follow('open', { signal: AbortSignal.abort(reason) }), reason);
});

test('a pipe gets no progress line', async () => {
  const { output, code } = await run(script);
  assert.deepEqual({ output, code }, { output: 'success ended\n', code: 0 });
});

/**
 * The output of a program whose stderr is a terminal. The command `script` makes the terminal; Debian always has it.
 */
function onTerminal(env) {
  const command = `${process.execPath} -e "$PROGRAM" >/dev/null`;
  const { CI, ...rest } = process.env;
  return spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: path.join(__dirname, '..'),
    env: { ...rest, PROGRAM: script, SHELL: '/bin/sh', ...env },
    encoding: 'utf8',
  }).stdout;
}

test('a terminal gets one progress line', () => {
  const written = onTerminal({ TERM: 'xterm' });
  assert.equal(written.split('\n').length, 2, written);
  assert.match(written, /0\/2 covers {2}2 pending {2}0 s/);
  assert.match(written, /━{20} {2}2\/2 covers {2}1 succeeded, 1 ended {2}\d+ s\u001b\[K\r\n$/);
});

test('a dumb terminal and CI get no progress line', () => {
  assert.equal(onTerminal({ TERM: 'dumb' }), '');
  assert.equal(onTerminal({ TERM: 'xterm', CI: 'true' }), '');
});

test('the text of the progress line', () => {
  const events = [{ status: { state: 'succeeded' }, final: true }, null, { reason: 'timeout' }];
  assert.equal(text(events, 61), '━━━━━━━━━━━━━───────  2/3 covers  1 succeeded, 1 pending, 1 ended  1 min 01 s');
  assert.equal(text([], 7300), `${'━'.repeat(20)}  0/0 covers    2 h 01 min`);
});

test('a task without an end has no outcome', () => {
  const pending = { status: { state: 'pending' }, final: false };
  const last = new Map([['a', null], ['b', pending], ['c', { reason: 'timeout' }]]);
  assert.deepEqual([...outcomes(last).keys()], ['c']);
});
