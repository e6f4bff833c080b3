'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const errors = require('cover-bridge');
const { FAKE, REAL, alive, eventually, fake, needsBridge, run, temporary } = require('./support.js');

const begin = (options) => `
  const { CoverBridge } = require('cover-bridge');
  const bridge = new CoverBridge(${JSON.stringify(options)});
`;
const bridges = [
  ['the fake bridge', { command: FAKE }, {}],
  ['the real bridge', { command: REAL, sandbox: true }, needsBridge],
];

for (const [name, options, conditions] of bridges) {
  test(`${name} does not keep the process running`, conditions, async () => {
    const script = `${begin(options)}
      bridge.start().then(async () => {
        const events = bridge.watch(${JSON.stringify(name === 'the real bridge' ? 'pending' : 'open')});
        await events.next();
        console.log(bridge.pid);
      });`;
    const { output, code } = await run(script);
    assert.equal(code, 0, output);
    await eventually(() => !alive(Number(output)));
  });

  for (const [way, ending, expected] of [
    ['process.exit', 'process.exit(5)', [5, null]],
    ['an exception', "throw new Error('on purpose')", [1, null]],
  ]) {
    test(`${name} does not outlive ${way}`, conditions, async () => {
      const script = `${begin(options)}
        bridge.start().then(() => {
          bridge.wait('pending').catch(() => {});
          console.log(bridge.pid);
          setImmediate(() => { ${ending}; });
        });`;
      const { output, code, signal } = await run(script);
      assert.deepEqual([code, signal], expected, output);
      await eventually(() => !alive(parseInt(output, 10)));
    });
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL']) {
    test(`${name} does not outlive ${signal}`, conditions, async () => {
      let pid;
      const script = `${begin(options)}
        bridge.start().then(() => {
          console.log(bridge.pid);
          return bridge.wait('pending');
        });`;
      const ended = await run(script, {
        onOutput(output, child) {
          pid = parseInt(output, 10);
          child.kill(signal);
        },
      });
      assert.equal(ended.signal, signal, ended.output);
      await eventually(() => !alive(pid));
    });
  }
}

for (const [ending, trace] of [['', 'no trace'], ["throw new Error('on purpose')", 'no bridge that runs']]) {
  test(`a worker that ${ending === '' ? 'is done' : 'throws'} leaves ${trace}`, async () => {
    const worker = `${begin({ command: FAKE, restart: true })}
      bridge.start().then(() => {
        require('node:worker_threads').parentPort.postMessage(bridge.pid);
        ${ending};
      });`;
    const script = `
      const { existsSync } = require('node:fs');
      const { Worker } = require('node:worker_threads');
      const worker = new Worker(${JSON.stringify(worker)}, { eval: true });
      let pid;
      worker.on('message', (message) => { pid = message; });
      worker.on('error', () => {});
      worker.on('exit', () => console.log(pid, existsSync('/proc/' + pid)));`;
    const { output, code } = await run(script);
    assert.match(output, ending === '' ? /^\d+ false\n$/ : /^\d+ /);
    assert.equal(code, 0);
    await eventually(() => !alive(parseInt(output, 10)));
  });
}

test('the log does not quote the bridge', async () => {
  const lines = ['callback=secret', '{"secret', '"secret"'].map((line) => `echo '${line}'`).join('; ');
  const noise = ['sh', '-c', `${lines}; exec "$0" "$@"`, ...FAKE];
  const script = `${begin({ command: noise })} bridge.ping();`;
  const { output, code } = await run(script, { env: { NODE_DEBUG: 'cover-bridge' } });
  assert.equal(output.match(/skipped a line/g)?.length, 2, output);
  assert.ok(!output.includes('secret'), output);
  assert.equal(code, 0);
});

test('a call or an iterator that waits keeps Node running', async () => {
  const script = `${begin({ command: FAKE })}
    // The start has a longer limit, because the machine may be busy.
    const impatient = new CoverBridge({ command: ${JSON.stringify(FAKE)}, timeout: 0.5 });
    (async () => {
      await bridge.ping().then(() => console.log('answered'));
      await impatient.status('silent').catch((error) => console.log(error.kind));
      await impatient.close();
      for await (const event of bridge.watch('success')) {
        console.log(event.status.state);
      }
      console.log('closed', await bridge.close());
    })();`;
  const { output, code } = await run(script);
  assert.equal(output, 'answered\ncallTimeout\npending\ngenerating\nsucceeded\nclosed undefined\n');
  assert.equal(code, 0);
});

test('the client causes no unhandled rejection', async () => {
  const script = `${begin({ command: FAKE, restart: true })}
    process.on('unhandledRejection', (error) => console.log('unheard', error));
    (async () => {
      const late = new AbortController();
      const idle = bridge.watch('open');
      bridge.watch('refused');
      bridge.watch('open', { signal: AbortSignal.abort() });
      bridge.watch('open', { signal: late.signal });
      await bridge.status('die').catch((error) => console.log(error.kind));
      late.abort();
      await bridge.status('die').catch((error) => console.log(error.kind));
      await bridge.ping();
      idle.return();
      await bridge.close();
      new CoverBridge({ command: '/nowhere' }).watch('x');
      new CoverBridge({ command: ['false'] }).watch('x');
      await new Promise((resolve) => setTimeout(resolve, 300));
    })();`;
  const { output, code } = await run(script);
  assert.equal(output, 'bridgeDied\nbridgeDied\n');
  assert.equal(code, 0);
});

test('dispose closes the client', async (t) => {
  const { bridge, heard } = fake(t);
  await bridge.ping();
  await bridge[Symbol.asyncDispose]();
  assert.equal(heard('exit').length, 1);
  await assert.rejects(bridge.ping(), errors.BridgeClosed);
});

test('a client that is closed before its start never starts a bridge', async (t) => {
  const { bridge, heard } = fake(t);
  await bridge.close();
  await assert.rejects(bridge.ping(), errors.BridgeClosed);
  assert.equal(bridge.pid, null);
  assert.deepEqual(heard('initialize'), []);
});

test('closing twice, at once, and before the first answer', async (t) => {
  const { bridge } = fake(t);
  const ping = assert.rejects(bridge.ping(), errors.BridgeClosed);
  const { pid } = bridge;
  await Promise.all([bridge.close(), bridge.close()]);
  await ping;
  assert.ok(!alive(pid));
});

test('an unwatch without an answer delays the exit only for a while', { timeout: 60_000 }, async (t) => {
  const folder = temporary(t);
  const script = [{ read: 'cover/watch' }, { change: 'a', state: 'pending' }, { read: 'cover/unwatch', hold: true }];
  fs.writeFileSync(path.join(folder, 'case.json'), JSON.stringify({ bridges: [script] }));
  const command = ['python3', path.join(__dirname, '../../conformance/fake_bridge.py'), folder];
  const program = `
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (call, delay) => setTimeout(call, delay === 10_000 ? 50 : delay);
    ${begin({ command })}
    const events = bridge.watch('a');
    events.next().then(() => events.return()).then(() => console.log('left'));`;
  assert.deepEqual(await run(program), { output: 'left\n', code: 0, signal: null });
});

test('a bridge that ignores the shutdown is ended by a signal', async (t) => {
  const { bridge } = fake(t, { env: { FAKE_STUBBORN: '1' } });
  await bridge.start();
  const { pid } = bridge;
  await bridge.close();
  assert.ok(!alive(pid));
});
