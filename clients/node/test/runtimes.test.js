'use strict';

// Runs programs that are not part of a package, under each runtime.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');
const { PATH, RUNTIMES } = require('./runtimes.js');
const { FAKE, temporary } = require('./support.js');

const PACKAGE = path.join(__dirname, '..');

const IMPORT = `import { CoverBridge } from '${pathToFileURL(path.join(PACKAGE, 'index.mjs'))}';`;
const REQUIRE = `const { CoverBridge } = require('${PACKAGE}');`;
const USE = `
  const bridge = new CoverBridge({ command: ${JSON.stringify(FAKE)} });
  (async () => {
    for await (const event of bridge.watch('success')) {
      console.log(event.status.state);
    }
  })();`;
const WORKER = `
  import { Worker, isMainThread } from 'node:worker_threads';
  import { fileURLToPath } from 'node:url';
  ${IMPORT}
  if (isMainThread) {
    new Worker(fileURLToPath(import.meta.url)).on('error', (error) => { throw error; });
  } else {
    ${USE}
  }`;

for (const { command: [executable, ...options], conditions, name } of RUNTIMES) {
  for (const [kind, file, program] of [
    // Without a package.json, only the file's extension says which kind of module the file is.
    ['a program .mjs', 'program.mjs', IMPORT + USE],
    ['a program .cjs', 'program.cjs', REQUIRE + USE],
    ['a worker thread', 'worker.mjs', WORKER],
  ]) {
    test(`${name} runs ${kind}, and ends with it`, conditions, (t) => {
      const folder = temporary(t);
      fs.writeFileSync(path.join(folder, file), program);
      const { status, stdout, stderr } = spawnSync(executable, [...options, path.join(folder, file)], {
        env: { ...process.env, PATH, HOME: folder, NO_COLOR: '1' },
        encoding: 'utf8',
        timeout: 30_000,
      });
      assert.equal(stdout, 'pending\ngenerating\nsucceeded\n', stderr);
      assert.equal(status, 0, stderr);
    });
  }
}

const { conditions } = RUNTIMES.find(({ name }) => name === 'deno');

for (const [missing, ...allowed] of [['env'], ['run', '--allow-env']]) {
  test(`deno without --allow-${missing} fails with a message`, conditions, (t) => {
    const file = path.join(temporary(t), 'program.mjs');
    const load = `import { CoverBridge } from '${pathToFileURL(path.join(PACKAGE, 'index.mjs'))}';`;
    const program = `new CoverBridge({ command: '/bin/true' }).start().catch(({ message }) => console.log(message));`;
    fs.writeFileSync(file, load + program);
    const options = ['run', '--no-prompt', '--allow-read', ...allowed, file];
    const env = { ...process.env, PATH, HOME: path.dirname(file), NO_COLOR: '1' };
    const { stdout, stderr } = spawnSync('deno', options, { env, encoding: 'utf8', timeout: 30_000 });
    const said = new RegExp(`^cannot start .*: Requires ${missing} access.*--allow-${missing} flag\n$`);
    assert.match(stdout, said, stderr);
  });
}

test('a Node that is too old gets one sentence', () => {
  const program = `
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '16.20.2' } });
    try {
      require(${JSON.stringify(PACKAGE)});
    } catch ({ message }) {
      console.log(message);
    }`;
  const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  assert.equal(stdout, 'the package cover-bridge needs Node 18 or newer, and this is 16.20.2\n');
  assert.match(require('../package.json').engines.node, /^>=18$/);
});
