'use strict';

// Runs the main paths under each runtime, in the folder layouts of package managers. The folder's name needs quotes in
// a shell.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { PATH, RUNTIMES } = require('./runtimes.js');
const { REAL, alive, eventually, needsBridge, temporary } = require('./support.js');

const PACKAGE = path.join(__dirname, '..');
const PLATFORM = `@cover-bridge/${process.platform}-${process.arch}`;

function copyPackage(folder) {
  fs.mkdirSync(folder, { recursive: true });
  for (const each of ['package.json', 'index.cjs', 'index.mjs', 'lib']) {
    fs.cpSync(path.join(PACKAGE, each), path.join(folder, each), { recursive: true });
  }
}

function makePlatform(folder) {
  fs.mkdirSync(path.join(folder, 'bin'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: PLATFORM, version: '0.1.0' }));
  fs.symlinkSync(path.resolve(REAL), path.join(folder, 'bin/cover-bridge'));
}

const LAYOUTS = {
  // npm and yarn put all packages into the same folder.
  flat(modules) {
    copyPackage(path.join(modules, 'cover-bridge'));
    makePlatform(path.join(modules, PLATFORM));
  },
  // In pnpm's layout, a program and a package see only the packages that they name.
  pnpm(modules) {
    const store = path.join(modules, '.pnpm');
    const inner = path.join(store, 'cover-bridge@0.1.0/node_modules');
    const platform = path.join(store, `${PLATFORM.replace('/', '+')}@0.1.0/node_modules`, PLATFORM);
    copyPackage(path.join(inner, 'cover-bridge'));
    makePlatform(platform);
    fs.mkdirSync(path.join(inner, '@cover-bridge'), { recursive: true });
    fs.symlinkSync(platform, path.join(inner, PLATFORM));
    fs.symlinkSync(path.join(inner, 'cover-bridge'), path.join(modules, 'cover-bridge'));
  },
};

function begin(t, command, layout, ending) {
  const folder = path.join(temporary(t), 'größer, \'with\' "quotes" — 封面');
  LAYOUTS[layout](path.join(folder, 'node_modules'));
  // Deno sees only the packages in node_modules that package.json names.
  const manifest = { dependencies: { 'cover-bridge': '0.1.0' } };
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  fs.copyFileSync(path.join(__dirname, 'main-paths.mjs'), path.join(folder, 'program.mjs'));
  const { COVER_BRIDGE, ...env } = process.env;
  const [file, ...options] = command;
  const child = spawn(file, [...options, 'program.mjs', ending], {
    cwd: folder,
    env: { ...env, PATH, HOME: folder, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      said[name] += text;
    });
  }
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, ended, said };
}

for (const { command, conditions, name } of RUNTIMES) {
  for (const layout of Object.keys(LAYOUTS)) {
    test(`${name}, ${layout}: the main paths, and no orphan`, { ...needsBridge, ...conditions }, async (t) => {
      const { ended, said } = begin(t, command, layout, 'end');
      assert.deepEqual(await ended, { code: 0, signal: null }, said.stderr);
      assert.match(said.stdout, /^\d+\n$/);
      await eventually(() => !alive(Number(said.stdout)));
    });
  }

  test(`${name}: a program that is killed leaves no orphan`, { ...needsBridge, ...conditions }, async (t) => {
    const { child, ended, said } = begin(t, command, 'flat', 'hold');
    const line = Promise.race([
      ended.then(() => assert.fail(said.stderr)),
      new Promise((resolve) => {
        child.stdout.on('data', () => /^\d+\n$/.test(said.stdout) && resolve());
      }),
    ]);
    await line;
    assert.ok(alive(Number(said.stdout)));
    child.kill('SIGKILL');
    await eventually(() => !alive(Number(said.stdout)));
    await ended;
  });
}
