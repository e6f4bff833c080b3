'use strict';

// Other runtimes than Node: on the PATH, or where `make setup` puts them.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');
const { FAKE, temporary } = require('./support.js');

const TOOLS = path.join(__dirname, '../../../.venv/bin');
const PATH = `${process.env.PATH}${path.delimiter}${TOOLS}`;
const PACKAGE = path.join(__dirname, '..');

for (const [name, ...options] of [['bun', 'run'], ['deno', 'run', '--allow-all']]) {
  const absent = spawnSync(name, ['--version'], { env: { ...process.env, PATH } }).status !== 0;
  const conditions = { skip: absent && !process.env.CI && `${name} is not installed` };

  for (const [extension, load] of [
    ['mjs', `import { CoverBridge } from '${pathToFileURL(path.join(PACKAGE, 'index.mjs'))}';`],
    ['cjs', `const { CoverBridge } = require('${PACKAGE}');`],
  ]) {
    // From a folder of its own, where no package.json says what the package's files are.
    test(`${name} runs a program .${extension}, and ends with it`, conditions, (t) => {
      const file = path.join(temporary(t), `program.${extension}`);
      const program = `${load}
        const bridge = new CoverBridge({ command: ${JSON.stringify(FAKE)} });
        (async () => {
          for await (const event of bridge.watch('success')) {
            console.log(event.status.state);
          }
        })();`;
      fs.writeFileSync(file, program);
      const { status, stdout, stderr } = spawnSync(name, [...options, file], {
        env: { ...process.env, PATH, HOME: path.dirname(file), NO_COLOR: '1' },
        encoding: 'utf8',
        timeout: 30_000,
      });
      assert.equal(stdout, 'pending\ngenerating\nsucceeded\n', stderr);
      assert.equal(status, 0, stderr);
    });
  }
}
