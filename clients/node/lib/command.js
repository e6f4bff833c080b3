'use strict';

// Which binary to start, and with which arguments.

const { accessSync, constants, statSync } = require('node:fs');
const path = require('node:path');
const { fileURLToPath } = require('node:url');
const { BridgeNotFound } = require('./errors.js');

const NAME = 'cover-bridge';
const VARIABLE = 'COVER_BRIDGE';
const PLATFORM_PACKAGE = `@cover-bridge/${process.platform}-${process.arch}`;

/** All it takes to start the bridge. The key goes through `initialize`: an argument would show in the process list. */
function launch({ apiKey, args = [], command, restart = false, ...options }) {
  const env = { ...process.env, ...options.env };
  if (apiKey !== undefined) {
    // The bridge takes its environment's key before the one in `initialize`; an option wins.
    delete env.KIE_API_KEY;
  }
  const argv = [...findCommand(command, env), 'serve', '--framing', 'ndjson'];
  if (options.sandbox) {
    argv.push('--sandbox');
  }
  const flags = {
    '--endpoint': options.endpoint,
    '--api-key-file': options.apiKeyFile,
    '--journal': options.journal,
    '--rate': options.rate,
    '--interval': options.interval,
  };
  for (const [flag, value] of Object.entries(flags)) {
    if (value !== undefined) {
      argv.push(flag, String(value));
    }
  }
  return { argv: [...argv, ...args], env, apiKey, restart };
}

/** The option, else `$COVER_BRIDGE`, else the platform's package, else on the `PATH`. */
function findCommand(command, env) {
  if (command !== undefined) {
    return Array.isArray(command) ? command : [asPath(command)];
  }
  if (env[VARIABLE]) {
    return [env[VARIABLE]];
  }
  const found = inPlatformPackage() ?? onPath(env.PATH);
  if (found === undefined) {
    throw new BridgeNotFound(
      `no ${NAME} found: the option command was not given, $${VARIABLE} is not set, ` +
        `the package ${PLATFORM_PACKAGE} is not installed, and ${NAME} is not on the PATH (${env.PATH ?? ''})`,
    );
  }
  return [found];
}

function inPlatformPackage() {
  try {
    const binary = path.join(path.dirname(require.resolve(`${PLATFORM_PACKAGE}/package.json`)), 'bin', NAME);
    return isExecutable(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

function onPath(directories = '') {
  return directories
    .split(path.delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => path.join(directory, NAME))
    .find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** A path or a file URL as a path. */
function asPath(file) {
  return file instanceof URL ? fileURLToPath(file) : file;
}

/** The same, whatever the working directory may be when it is used. */
function asAbsolutePath(file) {
  return file === undefined ? undefined : path.resolve(asPath(file));
}

module.exports = { PLATFORM_PACKAGE, asAbsolutePath, inPlatformPackage, launch };
