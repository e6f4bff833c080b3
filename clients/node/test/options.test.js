'use strict';

// Wrong options, and paths in options.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { inspect } = require('node:util');
const { CoverBridge } = require('cover-bridge');
const { FAKE, fake, run } = require('./support.js');

test('a NUL is refused by the name of its option or variable, and the value is not shown', async () => {
  const bad = 'secret\0';
  for (const [name, options] of Object.entries({
    KIE_API_KEY: { env: { KIE_API_KEY: bad } },
    COVER_BRIDGE: { command: undefined, env: { COVER_BRIDGE: bad } },
    PATH: { command: undefined, env: { COVER_BRIDGE: '', PATH: bad } },
    endpoint: { endpoint: bad },
    journal: { journal: bad },
    caFile: { caFile: new URL('file:///secret%00') },
    args: { args: ['--log-level', bad] },
    command: { command: ['a', bad] },
  })) {
    const error = await new CoverBridge({ command: FAKE, ...options }).ping().catch((failure) => failure);
    assert.deepEqual([error.name, error.parameter], ['InvalidParams', name]);
    assert.ok(!inspect(error).includes('secret'), inspect(error));
  }
  for (const command of [bad, new URL('file:///secret%00')]) {
    await assert.rejects(new CoverBridge({ command }).ping(), { parameter: 'command' });
  }
  // In a worker, a variable of the process may contain a NUL.
  const script = `
    process.env.KIE_API_KEY = 'secret\\0';
    const { CoverBridge } = require('cover-bridge');
    new CoverBridge({ command: 'a' }).ping().catch(({ message }) => console.log(message));`;
  const worker = `new (require('node:worker_threads').Worker)(${JSON.stringify(script)}, { eval: true })`;
  const { output } = await run(worker);
  assert.equal(output, 'the parameter "KIE_API_KEY" contains a NUL character\n');
});

test('a misspelled option is refused', async () => {
  const bridge = new CoverBridge({ command: FAKE });
  const signal = AbortSignal.timeout(1000);
  for (const [call, message] of [
    [() => new CoverBridge({ jornal: 'x.db' }), '"jornal" is no option of CoverBridge; did you mean "journal"?'],
    [() => new CoverBridge({ api_key: 'k' }), '"api_key" is no option of CoverBridge; did you mean "apiKey"?'],
    [() => new CoverBridge({ sandBox: null }), '"sandBox" is no option of CoverBridge; did you mean "sandbox"?'],
    [() => bridge.watch('a', { intervall: 0.2 }), '"intervall" is no option of watch; did you mean "interval"?'],
    [() => bridge.follow('a', { porgress: true }), '"porgress" is no option of follow; did you mean "progress"?'],
    [() => bridge.wait('a', { timeOut: 1 }), '"timeOut" is no option of wait; did you mean "timeout"?'],
    [() => bridge.wait('a', { seconds: 1 }), '"seconds" is no option of wait; there are timeout, signal'],
    [() => bridge.callback('{}', { 'x-webhook-timestamp': '1' }), /no option of callback; there are headers, signal$/],
    [() => bridge.stats({ ['x'.repeat(1_000_000)]: 1 }), /no option of stats/],
    [() => bridge.wait('a', 1), '"options" of wait is no plain object'],
    [() => bridge.status('a', signal), '"options" of status is no plain object'],
    [() => bridge.unwatch('a', ['b']), '"options" of unwatch is no plain object'],
    [() => new CoverBridge('secret'), '"options" of CoverBridge is no plain object'],
  ]) {
    const expected = typeof message === 'string' ? `the parameter ${message}` : message;
    await assert.rejects(async () => call(), { name: 'InvalidParams', message: expected });
  }
  assert.equal(bridge.pid, null, 'no bridge was started');
});

/** Each wrong option, and the end of the error's message. */
const WRONG_OPTIONS = [
  [{ sandbox: 'false' }, 'must be true or false; it is a string'],
  [{ sandbox: 0 }, 'must be true or false; it is 0'],
  [{ restart: 'no' }, 'must be true or false; it is a string'],
  [{ onHealth: true }, 'must be a function; it is a boolean'],
  [{ interval: 'abc' }, 'must be a finite number of seconds above 0; it is a string'],
  [{ interval: 1n }, 'must be a finite number of seconds above 0; it is a bigint'],
  [{ interval: Infinity }, 'must be a finite number of seconds above 0; it is Infinity'],
  [{ rate: 0 }, 'must be a finite number above 0; it is 0'],
  [{ rate: [5] }, 'must be a finite number above 0; it is an object'],
  [{ fleetSize: 0 }, 'must be a finite number above 0; it is 0'],
  [{ timeout: 'x' }, 'must be a number of seconds above 0; it is a string'],
  [{ timeout: -1 }, 'must be a number of seconds above 0; it is -1'],
  [{ timeout: NaN }, 'must be a number of seconds above 0; it is NaN'],
  [{ endpoint: 5 }, 'must be text; it is 5'],
  [{ apiKey: 5 }, 'must be text; it is 5'],
  [{ journal: '' }, 'must be a path: text or a file URL; it is empty'],
  [{ journal: false }, 'must be a path: text or a file URL; it is a boolean'],
  [{ command: '' }, 'must be a program, or a list of it and its arguments; it is empty'],
  [{ command: 5 }, 'must be a program, or a list of it and its arguments; it is 5'],
  [{ command: [] }, 'must be a program, or a list of it and its arguments; it is an object'],
  [{ command: [''] }, 'must be a program, or a list of it and its arguments; it is an object'],
  [{ command: ['a', 5] }, 'must be a program, or a list of it and its arguments; it is an object'],
  [{ args: 5 }, 'must be text or a list of texts; it is 5'],
  [{ args: ['--rate', 5] }, 'must be text or a list of texts; it is an object'],
  [{ env: [] }, 'must be a plain object, without "=" in its names; it is an object'],
  [{ command: {} }, 'must be a program, or a list of it and its arguments; it is an object'],
  [{ rate: '' }, 'must be a finite number above 0; it is empty'],
  [{ env: 'A=b' }, 'must be a plain object, without "=" in its names; it is a string'],
  [{ env: { 'A=B': 'c' } }, 'must be a plain object, without "=" in its names; it is an object'],
];

test('the constructor refuses an option of a wrong type', () => {
  for (const [options, reason] of WRONG_OPTIONS) {
    const [parameter] = Object.keys(options);
    const message = `the parameter "${parameter}" ${reason}`;
    assert.throws(() => new CoverBridge({ command: FAKE, ...options }), { name: 'InvalidParams', parameter, message });
  }
});

test('a method refuses an option of a wrong type before it sends anything', async () => {
  const bridge = new CoverBridge({ command: FAKE });
  const ids = { watch: ['a'], follow: ['a'], unwatch: ['a'], status: ['a'], wait: ['a'], generate: ['a'] };
  const first = { ...ids, download: ['a', '/'], callback: ['{}'] };
  for (const method of [...Object.keys(first), 'watches', 'changes', 'sync', 'credits', 'stats', 'ping']) {
    const options = { signal: new AbortController() };
    const message = 'the parameter "signal" must be an AbortSignal: pass the controller\'s .signal; it is an object';
    const call = async () => bridge[method](...first[method] ?? [], options);
    await assert.rejects(call, { name: 'InvalidParams', parameter: 'signal', message });
  }
  for (const [method, name, value] of [
    ['download', 'progress', true],
    ['download', 'overwrite', 'no'],
    ['follow', 'progress', () => {}],
    ['watch', 'interval', 1n],
    ['watch', 'timeout', '5'],
    ['wait', 'timeout', -1],
    ['status', 'maxAge', NaN],
    ['status', 'includeRecord', 'false'],
    ['changes', 'after', NaN],
    ['changes', 'limit', '5'],
    ['watches', 'after', 5],
    ['generate', 'callbackUrl', new URL('https://a')],
  ]) {
    const call = async () => bridge[method](...first[method] ?? [], { [name]: value });
    await assert.rejects(call, { name: 'InvalidParams', parameter: name }, `${method} ${name}`);
  }
  assert.equal(bridge.pid, null, 'no bridge was started');
});

test('the folder of a download may begin with ~/', async (t) => {
  const { bridge } = fake(t);
  const { HOME } = process.env;
  t.after(() => Object.assign(process.env, { HOME }));
  process.env.HOME = '/the/home';
  const [file] = await bridge.download('x', '~/covers');
  assert.equal(file.path, '/the/home/covers/b.png');
  process.env.HOME = '';
  await assert.rejects(bridge.download('x', '~/covers'), { name: 'InvalidParams', parameter: 'directory' });
});
