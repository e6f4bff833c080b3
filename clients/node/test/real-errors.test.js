'use strict';

// Provokes each kind of error in the real bridge.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const util = require('node:util');

// Collects the log of NODE_DEBUG. The package looks up Node's log function when it is loaded.
const logged = [];
util.debuglog = () => (...args) => logged.push(util.format(...args));

const errors = require('cover-bridge');
const { launcher } = require('../lib/command.js');
const { KeepAlive } = require('../lib/keep-alive.js');
const { BridgeProcess } = require('../lib/process.js');
const { Session } = require('../lib/session.js');
const wire = require('../lib/wire.js');
const openrpc = require('../../openrpc.json').components.errors;
const listed = require('../../../Tests/errors/errors.json');
const { eventually, needsBridge, real, temporary } = require('./support.js');

const API = path.join(__dirname, '../../../Tests/errors/api.py');
// These entries need an API outside of the bridge, because the sandbox allows shorter intervals.
const outside = { sandbox: false, interval: undefined, rate: undefined };
const keyless = { KIE_API_KEY: undefined };

const types = Object.values(errors).filter(({ kind }) => kind !== undefined);

// The code of a kind, and whether the call may be repeated. They come from the entry, or else from openrpc.json.
const documented = Object.fromEntries(
  listed.map(({ kind, code = openrpc[kind].code, retryable = openrpc[kind]?.data.retryable ?? false }) => [
    kind,
    [code, retryable],
  ]),
);

/** The methods of the protocol that the client also has. */
const calls = {
  'cover/status': (bridge, { taskId }) => bridge.status(taskId),
  'cover/wait': (bridge, { taskId, timeout }) => bridge.wait(taskId, { timeout }),
  'cover/download': (bridge, { taskId, directory }) => bridge.download(taskId, directory),
  'cover/changes': (bridge) => bridge.changes(),
  'account/credits': (bridge) => bridge.credits(),
  ping: (bridge) => bridge.ping(),
};

/** Starts the API that the entry needs. Returns the options of the bridge. */
async function prepare(t, { kind, key = true, arguments: args, sandbox }) {
  if (sandbox) {
    return {};
  }
  const folder = temporary(t);
  const api = spawn('python3', [API, folder, kind], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => api.kill());
  const [address] = await once(api.stdout, 'data');
  const endpoint = address.toString().trim();
  const journal = path.join(folder, 'journal.db');
  return { ...outside, endpoint, journal, apiKey: key ? 'any' : undefined, args, env: keyless };
}

/** The session of the client, which can send any request. */
async function bare(t, options) {
  const launch = launcher(options)();
  const keepAlive = new KeepAlive();
  const session = new Session(keepAlive);
  const bridge = new BridgeProcess(launch, (line) => session.receive(line));
  bridge.ended.then((failure) => session.end(failure));
  keepAlive.ref(t);
  t.after(() => bridge.stop().finally(() => keepAlive.unref(t)));
  session.connect(bridge.send);
  const submit = (method, params = {}) => session.submit(method, params);
  await submit('initialize', { apiKey: launch.apiKey }).promise;
  return { pid: bridge.pid, send: bridge.send, submit, call: (method, params) => submit(method, params).promise };
}

/** A bridge for this entry, and a function that calls it. The function uses the client's methods where they exist. */
async function start(t, entry) {
  const options = await prepare(t, entry);
  if (entry.cancel || ![...(entry.before ?? []), entry].every(({ method }) => method in calls)) {
    return bare(t, options);
  }
  const bridge = real(t, options);
  return { call: (method, params = {}) => calls[method](bridge, params) };
}

/** The outcome of the last call of this entry. */
async function play({ before = [], method, params, times = 1, cancel }, { call, submit, send }) {
  for (const first of before) {
    await call(first.method, first.params);
  }
  if (cancel) {
    // The session does not know of this cancellation. Otherwise, it would not wait for the answer.
    const { id, promise } = submit(method, params);
    send(wire.notification('$/cancelRequest', { id }));
    return promise;
  }
  for (let time = 1; time < times; time += 1) {
    call(method, params).catch(() => {});
  }
  return call(method, params);
}

test('every documented kind is listed and has its class', () => {
  const text = fs.readFileSync(path.join(__dirname, '../../PROTOCOL.md'), 'utf8');
  const [, own] = text.match(/JSON-RPC's own errors use the kinds(.*?)\n\n/s);
  const inText = [...own.matchAll(/`(\w+)`/g)].map(([, kind]) => kind);
  const kinds = [...Object.keys(openrpc), ...inText];
  assert.deepEqual(new Set(listed.map(({ kind }) => kind)), new Set(kinds));
  const local = ['bridgeNotFound', 'bridgeClosed', 'bridgeDied', 'callTimeout', 'protocolError', 'unknown'];
  assert.deepEqual(new Set(types.map(({ kind }) => kind)), new Set([...kinds, ...local]));
});

// One of these tests takes 10 s.
describe('the real bridge', { ...needsBridge, concurrency: 16 }, () => {
  // Errors of the sandbox, and other ways to cause the same kinds.
  const more = [
    ['taskNotFound', '200', false],
    ['unauthorized', 'unauthorized'],
    ['insufficientCredits', 'nocredits'],
    ['featureDisabled', 'disabled'],
    ['taskNotFound', 'missing'],
    ['invalidParams', ''],
    ['invalidParams', 'x'.repeat(257)],
    ['invalidParams', 'a\nb'],
    ['invalidParams', 7],
    ['rateLimited', 'ratelimit-60s'],
    ['maintenance', 'maintenance-60s'],
    ['serverError', 'servererror-60s'],
    ['malformedResponse', 'garbage-60s'],
    ['malformedResponse', 'cutoff-60s'],
  ].map(([kind, taskId, sandbox = true]) => ({ kind, sandbox, method: 'cover/status', params: { taskId } }));

  for (const listing of [...listed.filter(({ lines }) => lines === undefined), ...more]) {
    const { kind, method, params: { taskId } = {} } = listing;
    test(`${kind} from ${method} ${JSON.stringify(taskId)?.slice(0, 20)}`, async (t) => {
      const entry = JSON.parse(JSON.stringify(listing).replaceAll('FOLDER', temporary(t)));
      const bridge = await start(t, entry);
      await assert.rejects(play(entry, bridge), (error) => {
        assert.equal(error.constructor, types.find((type) => type.kind === kind));
        assert.equal(error.kind, kind);
        assert.deepEqual([error.code, error.retryable], documented[kind]);
        if (/^\d+$/.test(taskId) && !['missingCredentials', 'invalidParams'].includes(kind)) {
          assert.deepEqual([error.apiCode, error.taskId], [Number(taskId), taskId]);
        }
        return true;
      });
      if (!['shuttingDown', 'overloaded'].includes(kind)) {
        await bridge.call('ping');
      }
    });
  }

  for (const entry of listed.filter(({ lines }) => lines !== undefined)) {
    test(`${entry.kind}, which belongs to no call, is logged`, async (t) => {
      const { send, call } = await bare(t, await prepare(t, entry));
      entry.lines.forEach((line) => send(`${line}\n`));
      await eventually(() => logged.some((line) => line.startsWith(`the bridge refused a message (${entry.kind}): `)));
      await call('ping');
    });
  }

  test('the answer of a bridge that is shutting down', async (t) => {
    const { call, pid } = await bare(t, { sandbox: true });
    const waiting = call('cover/wait', { taskId: 'pending' });
    await call('ping');
    process.kill(pid, 'SIGTERM');
    await assert.rejects(waiting, { name: 'ShuttingDown', code: openrpc.shuttingDown.code });
  });

  test('a watch with one id that is not an id', async (t) => {
    const bridge = real(t);
    const events = bridge.watch(['pending', 'a\nb']);
    await assert.rejects(events.next(), { name: 'InvalidParams', parameter: 'taskIds' });
    assert.deepEqual(await bridge.watches(), []);
  });

  test('no server at the endpoint', async (t) => {
    const bridge = real(t, { ...outside, endpoint: 'http://127.0.0.1:9', apiKey: 'secret' });
    await assert.rejects(bridge.status('x'), (error) => {
      assert.ok(error instanceof errors.Unreachable, error);
      assert.doesNotMatch(JSON.stringify(error) + error.message, /secret/);
      return true;
    });
    assert.doesNotMatch(fs.readFileSync(`/proc/${bridge.pid}/cmdline`, 'utf8'), /secret/);
    assert.doesNotMatch(fs.readFileSync(`/proc/${bridge.pid}/environ`, 'utf8'), /secret/);
  });

  test('an endpoint that is not safe', async (t) => {
    const bridge = real(t, { ...outside, endpoint: 'http://example.com', apiKey: 'secret' });
    await assert.rejects(bridge.status('x'), { name: 'BridgeDied', exitCode: 2 });
  });
});
