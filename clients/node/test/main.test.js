'use strict';

// Tests the command of the package. A script replaces the binary.

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { temporary } = require('./support.js');

const ROOT = path.join(__dirname, '..');
const PLATFORM = `@cover-bridge/${process.platform}-${process.arch}`;
const NEEDED = 'the binary needs Linux on x86-64 with glibc 2.34 or newer';

/** Installs the package and a platform package whose binary runs `script`. Returns the path of the command. */
function installed(t, script) {
  const modules = path.join(temporary(t), 'node modules');
  for (const name of ['package.json', 'bin', 'lib']) {
    fs.cpSync(path.join(ROOT, name), path.join(modules, 'cover-bridge', name), { recursive: true });
  }
  if (script !== undefined) {
    const platform = path.join(modules, 'cover-bridge/node_modules', PLATFORM);
    fs.mkdirSync(path.join(platform, 'bin'), { recursive: true });
    fs.writeFileSync(path.join(platform, 'package.json'), '{}');
    fs.writeFileSync(path.join(platform, 'bin/cover-bridge'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return path.join(modules, 'cover-bridge/bin/cover-bridge.js');
}

test('arguments, streams and the exit code are passed on', (t) => {
  const command = installed(t, 'printf "<%s>" "$@"; cat; echo heard >&2; exit 75');
  const { stdout, stderr, status } = spawnSync(command, ['watch', 'a b'], { input: 'said', encoding: 'utf8' });
  assert.deepEqual({ stdout, stderr, status }, { stdout: '<watch><a b>said', stderr: 'heard\n', status: 75 });
});

test('signals are passed on, and an end by a signal too', async (t) => {
  const program = 'for (const s of ["SIGTERM", "SIGINT"]) process.on(s, () => process.exit(3)); console.log("ready")';
  const command = installed(t, `exec '${process.execPath}' -e '${program}; setTimeout(() => {}, 10_000)'`);
  for (const signal of ['SIGTERM', 'SIGINT']) {
    const started = spawn(command, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(started.stdout, 'data');
    started.kill(signal);
    assert.deepEqual(await once(started, 'exit'), [3, null]);
  }
  const killed = spawn(installed(t, 'kill -KILL $$'), { stdio: 'ignore' });
  assert.deepEqual(await once(killed, 'exit'), [null, 'SIGKILL']);
});

test('without the platform package the command fails with a message, whatever is on the PATH', (t) => {
  const command = installed(t);
  const PATH = `${path.dirname(command)}:${process.env.PATH}`;
  const { stderr, status } = spawnSync(command, { env: { PATH }, encoding: 'utf8' });
  assert.equal(status, 70, '1 is a task that failed');
  assert.equal(stderr, `cover-bridge: the package ${PLATFORM}, which holds the binary, is not installed\n`);
});

test('a binary that cannot be started does not look like a failed task', (t) => {
  const command = installed(t, 'exit 0');
  const binary = path.join(path.dirname(command), '../node_modules', PLATFORM, 'bin/cover-bridge');
  fs.writeFileSync(binary, '#!/no/such/interpreter\n', { mode: 0o755 });
  const { stderr, status } = spawnSync(command, { encoding: 'utf8' });
  assert.equal(status, 70, stderr);
  const advice = `the file exists, but this system cannot run it: ${NEEDED}`;
  assert.equal(stderr, `cover-bridge: cannot start ${fs.realpathSync(binary)}: no such file; ${advice}\n`);
});

test('on a machine without a binary the command says where the binary runs', (t) => {
  const command = installed(t);
  const program = `Object.defineProperty(process, 'arch', { value: 'arm64' }); require(${JSON.stringify(command)});`;
  const { stderr, status } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  assert.equal(status, 70, stderr);
  assert.equal(stderr, `cover-bridge: there is no binary for ${process.platform}-arm64 (${NEEDED})\n`);
});
