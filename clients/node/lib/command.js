'use strict';

// Which binary to start, and with which arguments.

const { BridgeNotFound } = require('./errors.js');
const { accessSync, constants, fileURLToPath, path, resolve, statSync } = require('#node');

const NAME = 'cover-bridge';
const VARIABLE = 'COVER_BRIDGE';
const PATHS = ['apiKeyFile', 'caFile', 'webhookKeyFile', 'journal', 'fleet'];
const FLAGS = ['endpoint', ...PATHS, 'fleetSize', 'rate', 'interval'];
const PLATFORM_PACKAGE = `@cover-bridge/${process.platform}-${process.arch}`;

/**
 * A function that gives all it takes to start the bridge, with these options. Whatever the working directory is when
 * it is called, paths count from the one of now, in which the bridge runs too.
 */
function launcher(options) {
  const cwd = process.cwd();
  const given = { ...options };
  for (const name of PATHS) {
    // The bridge has words of its own for what is no file's name.
    given[name] = isNoFile(options[name]) ? options[name] : asAbsolutePath(name, options[name]);
  }
  return () => launch(given, cwd);
}

/** The key goes through `initialize`: an argument would show in the process list. */
function launch({ apiKey, args = [], command, restart = false, ...options }, cwd) {
  const env = { ...process.env, ...options.env };
  if (apiKey !== undefined) {
    // The bridge takes its environment's key before the one in `initialize`; an option wins.
    delete env.KIE_API_KEY;
  }
  const argv = [...findCommand(command, env, cwd), 'serve', '--framing', 'ndjson'];
  if (options.sandbox) {
    argv.push('--sandbox');
  }
  for (const name of FLAGS.filter((each) => options[each] !== undefined)) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    argv.push(`--${flag}`, String(options[name]));
  }
  // A folder that is gone by now would let the start fail.
  return { argv: [...argv, ...args], env, apiKey, restart, cwd: isFolder(cwd) ? cwd : undefined };
}

/** The option, else `$COVER_BRIDGE`, else the platform's package, else on the `PATH`. */
function findCommand(command, env, cwd) {
  // What is empty is not given.
  const given = command || env[VARIABLE] || '';
  const [file, ...rest] = Array.isArray(given) ? given : [asPath(given)];
  if (file) {
    // A bare name is looked for on the PATH.
    return [file.includes(path.sep) ? path.resolve(cwd, file) : file, ...rest];
  }
  const found = inPlatformPackage() ?? onPath(env.PATH, cwd);
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
    const binary = path.join(path.dirname(resolve(`${PLATFORM_PACKAGE}/package.json`)), 'bin', NAME);
    return isExecutable(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

function onPath(directories = '', cwd) {
  return directories
    .split(path.delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => path.resolve(cwd, directory, NAME))
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

function isFolder(directory) {
  return statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** A path or a file URL as a path. */
function asPath(file) {
  return file instanceof URL ? fileURLToPath(file) : file;
}

/** Whether the bridge has words of its own for the name: for SQLite, or as a fleet's address. */
function isNoFile(name) {
  return name === ':memory:' || (typeof name === 'string' && (name.startsWith('file:') || name.includes('://')));
}

/** The same, whatever the working directory may be when it is used. */
function asAbsolutePath(name, file) {
  if (file === '') {
    // It would be the working directory.
    throw new TypeError(`${name} is empty; leave it out, or name a path`);
  }
  return file === undefined ? undefined : path.resolve(asPath(file));
}

module.exports = { PLATFORM_PACKAGE, asAbsolutePath, inPlatformPackage, launcher };
