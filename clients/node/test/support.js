'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');
const { CoverBridge } = require('cover-bridge');

const FAKE = [process.execPath, path.join(__dirname, 'fake-bridge.js')];
const REAL = process.env.COVER_BRIDGE;

/** Options of tests with the real binary. Without the binary, the tests are skipped, except in CI. */
const needsBridge = { skip: !REAL && !process.env.CI && 'COVER_BRIDGE is not set' };

/** A client of the real binary with its sandbox. It is closed after the test. */
function real(t, options) {
  return closed(t, new CoverBridge({ sandbox: true, interval: 0.05, rate: 1000, ...options }));
}

/** An API whose tasks continue when the test opens a gate: `clients/conformance/gated_api.py`. */
async function gatedAPI(t) {
  const folder = temporary(t);
  const script = path.join(__dirname, '../../conformance/gated_api.py');
  const server = spawn('python3', [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => server.kill());
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
  return { endpoint: line.trim(), open: (gate) => fs.writeFileSync(path.join(folder, `gate-${gate}`), '') };
}

/** A client of the fake bridge, and a function that returns the messages that the bridge has read. */
function fake(t, { env, ...options } = {}) {
  const log = path.join(temporary(t), 'heard.jsonl');
  const bridge = closed(t, new CoverBridge({ command: FAKE, env: { FAKE_LOG: log, ...env }, ...options }));
  const heard = (method) => {
    const text = fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '';
    const messages = text.split('\n').slice(0, -1).map((line) => JSON.parse(line));
    return messages.filter((message) => message.method === method);
  };
  return { bridge, heard };
}

function closed(t, bridge) {
  t.after(() => bridge.close());
  return bridge;
}

function temporary(t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cover-bridge-'));
  t.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function collect(events) {
  const all = [];
  for await (const event of events) {
    all.push(event);
  }
  return all;
}

function states(events) {
  return events.filter((event) => 'status' in event).map((event) => event.status.state);
}

/** Calls `look` until it returns a true value, for at most a minute. Resolves to this value. */
async function eventually(look) {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found) {
      return found;
    }
    assert.ok(performance.now() < deadline, 'it never happened');
    await delay(5);
  }
}

function alive(pid) {
  try {
    // A zombie counts as dead, although its process id still exists.
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Runs a script that uses the package. Resolves to its output and to its end. */
function run(script, { cwd = __dirname, env, type = 'commonjs', onOutput = () => {} } = {}) {
  const child = spawn(process.execPath, [`--input-type=${type}`, '--eval', script], {
    cwd,
    env: { ...process.env, ...env },
  });
  let output = '';
  const take = (text) => {
    output += text;
    onOutput(output, child);
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve({ output, code, signal }));
  });
}

module.exports = { FAKE, REAL, alive, collect, eventually, fake, gatedAPI, needsBridge, real, run, states, temporary };
