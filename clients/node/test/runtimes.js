'use strict';

// The supported runtimes that exist here: this Node, and other runtimes on the PATH or in the folder of `make setup`.

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
