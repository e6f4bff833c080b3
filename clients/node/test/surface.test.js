'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const bridge = require('cover-bridge');
const document = require('../../openrpc.json');
const { FAKE, needsBridge, run, temporary } = require('./support.js');

const root = path.join(__dirname, '..');
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');

test('import and require give the same exports', async () => {
  const imported = await import('cover-bridge');
  assert.deepEqual({ ...imported }, { ...bridge });
});

test('every export is declared, and nothing else is', () => {
  const declared = [...read('index.d.ts').matchAll(/^export class (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(declared.sort(), Object.keys(bridge).sort());
});

test('every declared option is known, and no other', async () => {
  const text = read('index.d.ts');
  const members = (name) => {
    const [, base, body] = text.match(new RegExp(`interface ${name} (?:extends (\\w+) )?{\\n(.*?)\\n}`, 's'));
    return [...(base ? members(base) : []), ...[...body.matchAll(/^ {2}(\w+)\?:/gm)].map(([, member]) => member)];
  };
  const client = new bridge.CoverBridge();
  const declared = [...text.matchAll(/^ {2}(\w+)\((.*)options\?: (\w+)(?: & { (\w+)\?: object })?\)/gm)];
  assert.equal(declared.length, 15);
  for (const [, method, before, type, extra] of declared) {
    const given = [...before.split(', ').slice(1).fill('a'), { qqqq: 1 }];
    const call = async () => (method === 'constructor' ? new bridge.CoverBridge(...given) : client[method](...given));
    const { message } = await call().then(() => assert.fail(method), (error) => error);
    const [, known] = message.match(/"qqqq" is no option of \w+; there are (.*)$/);
    assert.deepEqual(known.split(', ').sort(), [...members(type), ...(extra ? [extra] : [])].sort(), method);
  }
});

test('every documented error has its class', () => {
  const kinds = Object.values(bridge).map((type) => type.kind);
  for (const kind of Object.keys(document.components.errors)) {
    assert.ok(kinds.includes(kind), kind);
  }
  assert.equal(new Set(kinds).size, kinds.length);
});

test('the lines in the README', needsBridge, async () => {
  const [, script] = read('README.md').match(/```js\n(.*?)```/s);
  const { output, code } = await run(script, { type: 'module' });
  assert.equal(code, 0, output);
  assert.equal(output.split('\n').filter((line) => /^(success|fail)-/.test(line)).length, 6);
  assert.match(output, /succeeded http\S+ http\S+/);
  assert.match(output, /^fail-2s-broken-string failed$/m);
});

test('the example', needsBridge, async () => {
  const { output, code } = await run(read('examples/follow-covers.mjs'), { type: 'module' });
  assert.equal(code, 0, output);
  assert.equal(output.match(/ s {2}(success|fail)-/g).length, 9);
  assert.equal(output.match(/\.png, \d+ bytes/g).length, 4);
});

const needsNpm = { skip: spawnSync('npm', ['--version']).status !== 0 && 'npm is not installed' };

test('the packed packages can be installed and find their binary', needsNpm, async (t) => {
  const directory = temporary(t);
  const platform = path.join(directory, 'platform');
  const npm = (cwd, ...args) => {
    const done = spawnSync('npm', [...args, '--offline', '--no-audit', '--no-fund', `--cache=${directory}/cache`], {
      cwd,
      encoding: 'utf8',
    });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout;
  };
  fs.cpSync(path.join(root, 'platforms/linux-x64'), platform, { recursive: true });
  fs.mkdirSync(path.join(platform, 'bin'), { recursive: true });
  const binary = `#!/bin/sh\nexec '${FAKE.join("' '")}' "$@"\n`;
  fs.writeFileSync(path.join(platform, 'bin/cover-bridge'), binary, { mode: 0o755 });

  const packed = JSON.parse(npm(root, 'pack', '--json', '.', platform, `--pack-destination=${directory}`));
  const files = packed[0].files.map((file) => file.path);
  for (const file of ['index.cjs', 'index.mjs', 'lib/client.js', 'lib/node.mjs', 'LICENSE']) {
    assert.ok(files.includes(file), file);
  }
  assert.deepEqual(files.filter((file) => /^(test|scripts|platforms)/.test(file)), []);

  const user = path.join(directory, 'user');
  fs.mkdirSync(user);
  fs.writeFileSync(path.join(user, 'package.json'), '{}');
  const tarballs = fs.readdirSync(directory).filter((name) => name.endsWith('.tgz'));
  npm(user, 'install', ...tarballs.map((name) => path.join(directory, name)));

  const use = '.start().then(async (bridge) => console.log(bridge.serverInfo.name, await bridge.close()))';
  const env = { COVER_BRIDGE: '', PATH: path.dirname(process.execPath) };
  for (const [type, load] of [
    ['commonjs', "const { CoverBridge } = require('cover-bridge');"],
    ['module', "import { CoverBridge } from 'cover-bridge';"],
  ]) {
    const { output } = await run(`${load} new CoverBridge()${use}`, { cwd: user, type, env });
    assert.equal(output, 'fake undefined\n');
  }
});
