'use strict';

const { InvalidParams } = require('./errors.js');
const { fileURLToPath, path } = require('#node');

// Longer names are compared by this number of characters.
const LONGEST_NAME = 64;

/** The error for a parameter that the client cannot send. */
function invalidParameter(name, reason) {
  const data = { kind: InvalidParams.kind, retryable: false, parameter: name };
  return new InvalidParams(`the parameter "${name}" ${reason}`, { data });
}

/**
 * The options that are not null. Fails if there is an option that is not in `names`: it may be a misspelled one, and
 * without it the call would do something else.
 */
function optionsOf(method, options, ...names) {
  const given = options ?? {};
  if (Object.prototype.toString.call(given) !== '[object Object]') {
    throw invalidParameter('options', `of ${method} is no plain object`);
  }
  for (const name of Object.keys(given).filter((each) => !names.includes(each))) {
    const known = names.find((each) => spellings(each).some((spelling) => spellings(name).includes(spelling)));
    const advice = known ? `did you mean "${known}"?` : `there are ${names.join(', ')}`;
    throw invalidParameter(name, `is no option of ${method}; ${advice}`);
  }
  const pairs = names.map((name) => [name, given[name]]);
  return Object.fromEntries(pairs.filter(([, value]) => (value ?? undefined) !== undefined));
}

/** The name without differences of style, and also without one of its letters. Similar names have one in common. */
function spellings(name) {
  const plain = name.slice(0, LONGEST_NAME).toLowerCase().replace(/[^a-z]/g, '');
  return [plain, ...Array.from(plain, (_, at) => plain.slice(0, at) + plain.slice(at + 1))];
}

const isText = (value) => typeof value === 'string';
const isTexts = (value) => Array.isArray(value) && value.every(isText);
const isURL = (value) => value instanceof URL;
const isNumber = (value) => typeof value === 'number' || (isText(value) && value !== '' && !isNaN(value));
const isFlag = (value) => typeof value === 'boolean';

/** What an option of the client must be, and a function that checks it. */
const TYPES = {
  sandbox: ['true or false', isFlag],
  restart: ['true or false', isFlag],
  endpoint: ['a string', (value) => isText(value) || isURL(value)],
  rate: ['a number', isNumber],
  interval: ['a number', isNumber],
  fleetSize: ['a number', isNumber],
  timeout: ['a number', isNumber],
  command: ['a path, or a list of strings that begins with one', (value) =>
    isText(value) || isURL(value) || (isTexts(value) && value.length > 0)],
  args: ['a string or a list of strings', (value) => isText(value) || isTexts(value)],
  env: ['an object with a string for each variable', (value) => typeof value === 'object' && !Array.isArray(value)],
  onHealth: ['a function', (value) => typeof value === 'function'],
};

/** Refuses options of a wrong type, without their values: a value may be a key. */
function refuseTypes(options) {
  for (const [name, [type, isValid]] of Object.entries(TYPES)) {
    if (options[name] !== undefined && !isValid(options[name])) {
      throw invalidParameter(name, `must be ${type}`);
    }
  }
}

/** The given ids as a list without repetitions. */
function idList(taskIds) {
  if (typeof taskIds !== 'string' && typeof taskIds?.[Symbol.iterator] !== 'function') {
    throw invalidParameter('taskIds', 'is neither a string nor a list of strings');
  }
  const ids = typeof taskIds === 'string' ? [taskIds] : [...taskIds];
  if (!ids.every((id) => typeof id === 'string')) {
    throw invalidParameter('taskIds', 'has something in it that is no string');
  }
  return [...new Set(ids)];
}

/** The timeout for the bridge. `Infinity` means no timeout, so the parameter is left out. */
function finite(timeout) {
  if (timeout !== undefined && typeof timeout !== 'number') {
    throw invalidParameter('timeout', 'is no number of seconds');
  }
  return timeout === Infinity ? undefined : timeout;
}

/** The absolute path, which does not depend on later changes of the working directory. */
function asAbsolutePath(name, file) {
  if (file === '') {
    // An empty path would mean the working directory.
    throw invalidParameter(name, 'is empty; leave it out, or name a path');
  }
  if (file !== undefined && typeof file !== 'string' && !(file instanceof URL)) {
    throw invalidParameter(name, 'must be a path: text or a file URL');
  }
  try {
    return file === undefined || String(file).startsWith('~/') ? file : path.resolve(asPath(file));
  } catch (error) {
    throw invalidParameter(name, `is no path: ${error.message}`);
  }
}

/** Converts a file URL to a path. */
function asPath(file) {
  return file instanceof URL ? fileURLToPath(file) : file;
}

/** The path with the home folder in the place of a leading ~/. */
function fromHome(name, file, { HOME = '' }) {
  const isThere = file?.startsWith('~/');
  if (isThere && !path.isAbsolute(HOME)) {
    throw invalidParameter(name, 'begins with ~, but the variable HOME has no absolute path');
  }
  return isThere ? path.join(HOME, file.slice(2)) : file;
}

/** Refuses what neither an argument nor a variable of a process can contain. Node's own error would show the value. */
function refuseNul(values) {
  for (const [name, value] of Object.entries(values)) {
    if (String(value).includes('\0')) {
      throw invalidParameter(name, 'contains a NUL character');
    }
  }
}

module.exports = {
  asAbsolutePath, asPath, finite, fromHome, idList, invalidParameter, optionsOf, refuseNul, refuseTypes,
};
