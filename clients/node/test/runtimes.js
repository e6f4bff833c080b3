'use strict';

// The runtimes that the package supports: this Node, and others on the PATH or where `make setup` installs them.

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const TOOLS = path.join(__dirname, '../../../.venv/bin');
const PATH = `${process.env.PATH}${path.delimiter}${TOOLS}`;

function other(name, ...options) {
  const absent = spawnSync(name, ['--version'], { env: { ...process.env, PATH } }).status !== 0;
  return {
    name,
    command: [name, ...options],
    conditions: absent && !process.env.CI ? { skip: `${name} is not installed` } : {},
  };
}

const RUNTIMES = [
  { name: 'node', command: [process.execPath], conditions: {} },
  other('bun', 'run'),
  other('deno', 'run', '--allow-all'),
];

module.exports = { PATH, RUNTIMES };
