'use strict';

// stage-binary.js [BINARY]: puts the release binary into the package of this platform.

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const platform = `${process.platform}-${process.arch}`;
const source = process.argv[2] ?? path.join(root, '../../.build-release/cover-bridge');
const target = path.join(root, 'platforms', platform, 'bin/cover-bridge');

const { version, optionalDependencies } = require('../package.json');
const staged = require(`../platforms/${platform}/package.json`);
if (staged.version !== version || optionalDependencies[staged.name] !== version) {
  console.error(`stage-binary: the versions of cover-bridge (${version}) and ${staged.name} do not fit`);
  process.exit(1);
}
fs.mkdirSync(path.dirname(target), { recursive: true });
fs.copyFileSync(source, target);
fs.chmodSync(target, 0o755);
console.log(`staged ${path.relative(process.cwd(), target)}`);
