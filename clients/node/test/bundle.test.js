'use strict';

// Bundles the package and a program into one file, as bundlers do, and runs it under each runtime.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { PATH, RUNTIMES } = require('./runtimes.js');
const { FAKE, temporary } = require('./support.js');

const PLATFORM = `@cover-bridge/${process.platform}-${process.arch}`;
const needsEsbuild = {
  skip: spawnSync('esbuild', ['--version']).status !== 0 && !process.env.CI && 'esbuild is not installed',
};
const USE = `
  const bridge = new CoverBridge();
  bridge.status('error:taskNotFound').catch((error) => {
    console.log(bridge.serverInfo.name, error.name, error instanceof CoverBridgeError);
  });`;

for (const format of ['esm', 'cjs']) {
  for (const load of [
    `import { CoverBridge, CoverBridgeError } from 'cover-bridge';`,
    `const { CoverBridge, CoverBridgeError } = require('cover-bridge');`,
  ]) {
    test(`esbuild --format=${format}: ${load}`, needsEsbuild, (t) => {
      const directory = temporary(t);
      const bundle = path.join(directory, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs');
      const options = ['--bundle', '--minify', '--platform=node', `--format=${format}`, `--outfile=${bundle}`];
      const made = spawnSync('esbuild', options, { cwd: __dirname, input: load + USE, encoding: 'utf8' });
      assert.equal(made.status, 0, made.stderr);
      // The folder contains the package with the binary, and not the client.
      const platform = path.join(directory, 'node_modules', PLATFORM);
      fs.mkdirSync(path.join(platform, 'bin'), { recursive: true });
      fs.writeFileSync(path.join(platform, 'package.json'), '{}');
      const binary = `#!/bin/sh\nexec '${FAKE.join("' '")}' "$@"\n`;
      fs.writeFileSync(path.join(platform, 'bin/cover-bridge'), binary, { mode: 0o755 });
      for (const { command: [executable, ...words], name } of RUNTIMES.filter(({ conditions }) => !conditions.skip)) {
        const settings = { env: { PATH, HOME: directory, NO_COLOR: '1' }, encoding: 'utf8', timeout: 30_000 };
        const { stdout, stderr } = spawnSync(executable, [...words, bundle], settings);
        assert.equal(stdout, 'fake TaskNotFound true\n', `${name}: ${stderr}`);
      }
    });
  }
}
