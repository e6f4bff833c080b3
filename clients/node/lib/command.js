'use strict';

// Finds the binary of the bridge, and makes its arguments.

const { BridgeNotFound } = require('./errors.js');
const { asAbsolutePath, asPath, fromHome, refuseNul } = require('./parameters.js');
const { accessSync, constants, path, resolve, statSync } = require('#node');

const NAME = 'cover-bridge';
const VARIABLE = 'COVER_BRIDGE';
const PATHS = ['apiKeyFile', 'caFile', 'webhookKeyFile', 'journal', 'fleet', 'fleetPasswordFile'];
const FLAGS = ['endpoint', ...PATHS, 'fleetSize', 'rate', 'interval'];
/** The options that say how the bridge is started. `index.d.ts` describes them. */
const OPTIONS = [...FLAGS, 'sandbox', 'apiKey', 'command', 'args', 'env', 'restart'];
const PLATFORM = `${process.platform}-${process.arch}`;
const PLATFORM_PACKAGE = `@cover-bridge/${PLATFORM}`;
const WORDS = { ENOENT: 'no such file', EACCES: 'permission denied' };
const NEEDED = 'the binary needs Linux on x86-64 with glibc 2.34 or newer';

/**
 * Returns a function that makes the command line for these options. Relative paths start at the current working
 * directory, even if it has changed when that function is called. The bridge runs in the same directory.
 */
function launcher(options) {
  const cwd = workingDirectory();
  const given = { ...options };
  for (const name of PATHS) {
    // Some names are not paths, but names of SQLite or of fleets. The bridge reads them, and reports invalid names. It
    // also replaces a leading ~/ with the home folder.
    given[name] = isNoFile(options[name]) ? options[name] : asAbsolutePath(name, options[name]);
  }
  return () => launch(given, cwd);
}

/** The working directory; the root directory if the working directory was deleted. */
function workingDirectory() {
  try {
    return process.cwd();
  } catch {
    return path.parse(path.sep).root;
  }
}

/**
 * The command line for the options. The key is sent with `initialize`, because the process list would show an argument.
 * A later start uses the same program, even if the `PATH` has changed.
 */
function launch(given, cwd) {
  const { apiKey, args = [], command, env: added, restart = false, ...options } = given;
  const env = { ...process.env, ...added };
  if (apiKey !== undefined) {
    // The bridge prefers the variable to `initialize`, but this package prefers the option. So the variable is removed.
    delete env.KIE_API_KEY;
  }
  refuseNul(env);
  given.command = findCommand(command, env, cwd);
  refuseNul({ ...options, command: given.command, args });
  const argv = [...given.command, 'serve', '--framing', 'ndjson', ...(options.sandbox ? ['--sandbox'] : [])];
  for (const name of FLAGS.filter((each) => options[each] !== undefined)) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    argv.push(`--${flag}`, String(options[name]));
  }
  // If the directory was deleted, a start in it would fail.
  return { argv: argv.concat(args), env, apiKey, restart, cwd: isFolder(cwd) ? cwd : undefined };
}

/** The command from the option, from `$COVER_BRIDGE`, from the package of the platform, or from the `PATH`. */
function findCommand(command, env, cwd) {
  // An empty variable counts as a missing one.
  const given = command || env[VARIABLE] || '';
  const [file, ...rest] = Array.isArray(given) ? given : [asPath(given)];
  if (file) {
    const name = command ? 'command' : VARIABLE;
    const program = file.includes(path.sep) ? path.resolve(cwd, fromHome(name, file, env)) : onPath(file, env, cwd);
    return [program ?? file, ...rest];
  }
  const found = inPlatformPackage() ?? onPath(NAME, env, cwd);
  if (found === undefined) {
    throw new BridgeNotFound(
      `no ${NAME} found: the option command was not given, $${VARIABLE} is not set, ` +
        `${absence()}, and ${NAME} is not on the PATH (${env.PATH ?? ''})`,
    );
  }
  return [found];
}

/** Why the package of the platform was not found. */
function absence() {
  return PLATFORM === 'linux-x64'
    ? `the package ${PLATFORM_PACKAGE}, which holds the binary, is not installed`
    : `there is no binary for ${PLATFORM} (${NEEDED})`;
}

/**
 * Why a program did not start. If a program was made for another C library, the system reports its missing loader as a
 * missing file.
 */
function startFailure(file, { code, message }) {
  const isForeign = code === 'ENOEXEC' || (code === 'ENOENT' && path.isAbsolute(file) && isExecutable(file));
  const hint = isFolder(file) ? '; it is a folder' : file.includes(' ') ? '; give its arguments in a list' : '';
  const advice = isForeign ? `; the file exists, but this system cannot run it: ${NEEDED}` : hint;
  return `cannot start ${file}: ${WORDS[code] ?? code ?? message}${advice}`;
}

function inPlatformPackage() {
  try {
    const binary = path.join(path.dirname(resolve(`${PLATFORM_PACKAGE}/package.json`)), 'bin', NAME);
    return isExecutable(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

function onPath(name, { PATH = '' }, cwd) {
  const directories = PATH.split(path.delimiter).filter((directory) => directory !== '');
  return directories.map((directory) => path.resolve(cwd, directory, name)).find(isExecutable);
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

/** Whether the bridge does not read the name as a path: it is a special name of SQLite, or a fleet's address. */
function isNoFile(name) {
  return name === ':memory:' || (typeof name === 'string' && (name.startsWith('file:') || name.includes('://')));
}

module.exports = { OPTIONS, absence, inPlatformPackage, launcher, startFailure };
