'use strict';

// Checks the syntax, the style and the declarations without a build.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const WIDTH = 120;
const LINES = 300;
const SKIPPED = new Set(['node_modules']);

// Each rule is a pattern. A line of code that matches a pattern is wrong.
const RULES = [
  [/\t/, 'a tab'],
  [/\s$/, 'white space at the end'],
  [/^( {2})* (?=[^ *])/, 'an indent that is not of two spaces'],
  [/^[^'`/]*"/, 'double quotes'],
];

const root = path.join(__dirname, '..');
const faults = [];

for (const file of sources(root)) {
  const name = path.relative(root, file);
  const text = fs.readFileSync(file, 'utf8');
  const lines = text.split('\n');
  if (/\.[cm]?js$/.test(file)) {
    const { status, stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
    if (status !== 0) {
      faults.push(`${name}: ${stderr}`);
    }
  }
  if (lines.length > LINES) {
    faults.push(`${name}: ${lines.length} lines`);
  }
  if (!text.endsWith('\n') || text.endsWith('\n\n')) {
    faults.push(`${name}: does not end with one line feed`);
  }
  lines.forEach((line, index) => {
    const code = /^\s*(\/\/|\/?\*)/.test(line) ? '' : line;
    const fault = line.length > WIDTH ? `${line.length} columns` : RULES.find(([rule]) => rule.test(code))?.[1];
    if (fault !== undefined) {
      faults.push(`${name}:${index + 1}: ${fault}`);
    }
  });
}

const types = spawnSync('tsc', ['--project', path.join(root, 'test')], { encoding: 'utf8' });
if (types.status !== 0) {
  faults.push(types.error ? `tsc: ${types.error.message}` : types.stdout);
}

for (const fault of faults) {
  console.error(fault);
}
process.exitCode = faults.length === 0 ? 0 : 1;

function* sources(directory) {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) {
      yield* sources(file);
    } else if (/\.[cm]?[jt]s$/.test(entry.name)) {
      yield file;
    }
  }
}
