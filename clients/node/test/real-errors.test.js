'use strict';

// An error of every kind, from the real binary where anything can make it.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { describe, test } = require('node:test');
const errors = require('cover-bridge');
const { Engine } = require('../lib/engine.js');
const { launch } = require('../lib/command.js');
const document = require('../../openrpc.json');
const { needsBridge, real, temporary } = require('./support.js');

// No sandbox, whose intervals may be shorter.
const outside = { sandbox: false, interval: undefined };

test('every documented kind has its class', () => {
  const text = fs.readFileSync(path.join(__dirname, '../../PROTOCOL.md'), 'utf8');
  const [, own] = text.match(/JSON-RPC's own errors use the kinds(.*?)\n\n/s);
  const inText = [...own.matchAll(/`(\w+)`/g)].map(([, kind]) => kind);
  const documented = [...Object.keys(document.components.errors), ...inText];
  const local = ['bridgeNotFound', 'bridgeClosed', 'bridgeDied', 'callTimeout', 'protocolError', 'unknown'];
  const kinds = Object.values(errors).map((type) => type.kind).filter((kind) => kind !== undefined);
  assert.deepEqual(new Set(kinds), new Set([...documented, ...local]));
});

/** An API that answers each task with the code that is its id. */
async function api(t) {
  const server = http.createServer((request, response) => {
    const code = Number(new URL(request.url, 'http://x').searchParams.get('taskId'));
    response.end(JSON.stringify({ code, msg: `code ${code}`, data: null }));
  });
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => server.closeAllConnections?.());
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

/** A session in which anything can be said. */
async function session(t) {
  const engine = new Engine(() => launch({ sandbox: true }), { bringsKey: false });
  t.after(() => engine.close());
  engine.start();
  const say = (method, params = {}) => engine.session.submit(method, params).promise;
  await say('ping');
  return { say, engine };
}

describe('the real bridge', needsBridge, () => {
  const codes = {
    200: errors.TaskNotFound,
    400: errors.BadRequest,
    401: errors.Unauthorized,
    402: errors.InsufficientCredits,
    404: errors.TaskNotFound,
    409: errors.Conflict,
    422: errors.ValidationFailed,
    429: errors.RateLimited,
    455: errors.Maintenance,
    500: errors.ServerError,
    505: errors.FeatureDisabled,
  };
  describe('what the API says', { concurrency: true }, () => {
    for (const [code, type] of Object.entries(codes)) {
      test(`${code} is ${type.name}`, async (t) => {
        const bridge = real(t, { ...outside, endpoint: await api(t), apiKey: 'any' });
        await assert.rejects(bridge.status(code), (error) => {
          assert.equal(error.constructor, type);
          assert.deepEqual([error.kind, error.apiCode, error.taskId], [type.kind, Number(code), code]);
          return true;
        });
        await bridge.ping();
      });
    }
  });

  test('what JSON-RPC says', async (t) => {
    const { say } = await session(t);
    await assert.rejects(say('nope'), errors.MethodNotFound);
    await assert.rejects(say('initialize'), errors.InvalidRequest);
    await say('shutdown');
    await assert.rejects(say('ping'), errors.ShuttingDown);
  });

  test('what a bridge that is told to leave says', async (t) => {
    const { say, engine } = await session(t);
    const waiting = say('cover/wait', { taskId: 'pending' });
    await say('ping');
    process.kill(engine.pid, 'SIGTERM');
    await assert.rejects(waiting, errors.ShuttingDown);
  });

  test('a watch of which one id is none', async (t) => {
    const bridge = real(t);
    const events = bridge.watch(['pending', 'a\nb']);
    await assert.rejects(events.next(), { name: 'InvalidParams', parameter: 'taskIds' });
    assert.deepEqual(await bridge.watches(), []);
  });

  const refused = [
    ['unauthorized', errors.Unauthorized],
    ['nocredits', errors.InsufficientCredits],
    ['disabled', errors.FeatureDisabled],
    ['missing', errors.TaskNotFound],
    ['', errors.InvalidParams],
    ['x'.repeat(257), errors.InvalidParams],
    ['a\nb', errors.InvalidParams],
    [7, errors.InvalidParams],
    [undefined, errors.InvalidParams],
  ];
  for (const [taskId, type] of refused) {
    test(`${type.name} for ${JSON.stringify(taskId)?.slice(0, 20)}`, async (t) => {
      const bridge = real(t);
      await assert.rejects(bridge.status(taskId), (error) => {
        assert.ok(error instanceof type, error);
        assert.equal(error.kind, type.kind);
        assert.equal(error.retryable, false);
        return true;
      });
      await bridge.ping();
    });
  }

  const passing = [
    ['ratelimit-60s', errors.RateLimited],
    ['maintenance-60s', errors.Maintenance],
    ['servererror-60s', errors.ServerError],
    ['garbage-60s', errors.MalformedResponse],
    ['cutoff-60s', errors.MalformedResponse],
  ];
  describe('errors that may pass', { concurrency: true }, () => {
    for (const [taskId, type] of passing) {
      test(`${type.name} for ${taskId}`, async (t) => {
        await assert.rejects(real(t).status(taskId), (error) => {
          assert.ok(error instanceof type, error);
          assert.equal(error.retryable, true);
          return true;
        });
      });
    }
  });

  test('without a key', async (t) => {
    const bridge = real(t, { ...outside, endpoint: 'http://127.0.0.1:9', env: { KIE_API_KEY: undefined } });
    await assert.rejects(bridge.status('x'), errors.MissingCredentials);
  });

  test('nobody at the endpoint', async (t) => {
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
