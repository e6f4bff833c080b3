'use strict';

// pack.js BINARY FOLDER: makes two packages in FOLDER, the client and the binary of this platform.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const [binary, folder] = process.argv.slice(2).map((file) => path.resolve(file));
const root = path.join(__dirname, '..');
const platform = path.join(root, 'platforms', `${process.platform}-${process.arch}`);
const { version, optionalDependencies } = require('../package.json');
const staged = require(path.join(platform, 'package.json'));
if (staged.version !== version || optionalDependencies[staged.name] !== version) {
  console.error(`pack: the versions of cover-bridge (${version}) and ${staged.name} do not fit`);
  process.exit(1);
}

fs.mkdirSync(folder, { recursive: true });
for (const old of fs.readdirSync(folder).filter((name) => name.endsWith('.tgz'))) {
  fs.rmSync(path.join(folder, old));
}
// The binary is copied into a temporary folder, so that the source folders never contain a binary.
const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'cover-bridge-'));
try {
  fs.cpSync(platform, stage, { recursive: true });
  fs.mkdirSync(path.join(stage, 'bin'), { recursive: true });
  fs.copyFileSync(binary, path.join(stage, 'bin/cover-bridge'));
  // The package with the binary also contains the licences of the libraries in the binary.
  const licences = 'THIRD-PARTY-LICENCES.txt';
  fs.copyFileSync(path.join(path.dirname(binary), licences), path.join(stage, licences));
  fs.chmodSync(path.join(stage, 'bin/cover-bridge'), 0o755);
  execFileSync('npm', ['pack', '--silent', '--offline', '--pack-destination', folder, root, stage], {
    stdio: 'inherit',
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
} finally {
  fs.rmSync(stage, { recursive: true });
}
