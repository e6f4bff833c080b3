'use strict';

const { InvalidParams } = require('./errors.js');
const { fileURLToPath, path } = require('#node');

// Longer names are compared by this number of characters.
const LONGEST_NAME = 64;

const isA = (type) => (value) => typeof value === type;
const isPositive = (value) => Number.isFinite(value) && value > 0;
const areTexts = (value) => [value].flat().every(isA('string'));
const isPlain = (value) => Object.prototype.toString.call(value) === '[object Object]';
const isPath = (value) => value instanceof URL || (isA('string')(value) && value !== '');
const isCommand = (value) => isPath([value].flat()[0]) && (isPath(value) || areTexts(value));
const isEnvironment = (value) => isPlain(value) && Object.keys(value).every((name) => !name.includes('='));

// What an option must be: a test, the words for it, and the options. The bridge checks all others, and the bounds.
const RULES = [
  [isA('boolean'), 'true or false', 'sandbox', 'restart', 'overwrite', 'includeRecord', 'follow.progress'],
  [isA('function'), 'a function', 'onHealth', 'download.progress'],
  [(value) => isA('string')(value) || value instanceof URL, 'text', 'endpoint'],
  [isA('string'), 'text', 'apiKey', 'callbackUrl', 'watches.after'],
  [isPositive, 'a finite number above 0', 'rate', 'fleetSize'],
  [isPositive, 'a finite number of seconds above 0', 'interval'],
  [(value) => isPositive(value) || value === Infinity, 'a number of seconds above 0', 'timeout'],
  [Number.isFinite, 'a finite number of seconds', 'maxAge'],
  [Number.isFinite, 'a finite number', 'limit', 'changes.after'],
  [isCommand, 'a program, or a list of it and its arguments', 'command'],
  [areTexts, 'text or a list of texts', 'args'],
  [isEnvironment, 'a plain object, without "=" in its names', 'env'],
  [isA('object'), 'an object of headers', 'headers'],
  [(value) => isA('function')(value?.throwIfAborted), "an AbortSignal: pass the controller's .signal", 'signal'],
];

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
  if (!isPlain(given)) {
    throw invalidParameter('options', `of ${method} is no plain object`);
  }
  for (const name of Object.keys(given).filter((each) => !names.includes(each))) {
    const known = names.find((each) => spellings(each).some((spelling) => spellings(name).includes(spelling)));
    const advice = known ? `did you mean "${known}"?` : `there are ${names.join(', ')}`;
    throw invalidParameter(name, `is no option of ${method}; ${advice}`);
  }
  const pairs = names.map((name) => [name, given[name]]).filter(([, value]) => (value ?? undefined) !== undefined);
  for (const [name, value] of pairs) {
    const rule = RULES.find((each) => each.includes(name) || each.includes(`${method}.${name}`));
    mustBe(name, value, ...rule ?? [() => true]);
  }
  return Object.fromEntries(pairs);
}

/** Refuses a value that is not what the parameter must be. A text is not shown, because it may be a key. */
function mustBe(name, value, fits, what) {
  if (!fits(value)) {
    const words = { number: value, object: 'an object', undefined: 'missing' };
    const it = value === '' ? 'empty' : words[typeof value] ?? `a ${typeof value}`;
    throw invalidParameter(name, `must be ${what}; it is ${it}`);
  }
}

/** The name without differences of style, and also without one of its letters. Similar names have one in common. */
function spellings(name) {
  const plain = name.slice(0, LONGEST_NAME).toLowerCase().replace(/[^a-z]/g, '');
  return [plain, ...Array.from(plain, (_, at) => plain.slice(0, at) + plain.slice(at + 1))];
}

/** The given ids as a list without repetitions. */
function idList(taskIds) {
  const ids = isA('string')(taskIds) || !taskIds?.[Symbol.iterator] ? [taskIds] : [...taskIds];
  mustBe('taskIds', taskIds, () => areTexts(ids), 'a string or a list of strings');
  return [...new Set(ids)];
}

/** The timeout for the bridge. `Infinity` means no timeout, so the parameter is left out. */
const finite = (timeout) => (timeout === Infinity ? undefined : timeout);

/** The absolute path, which does not depend on later changes of the working directory. */
function asAbsolutePath(name, file) {
  // An empty path would mean the working directory.
  mustBe(name, file, (value) => value === undefined || isPath(value), 'a path: text or a file URL');
  try {
    const whole = file === undefined || String(file).startsWith('~/') ? file : path.resolve(asPath(file));
    // In the name of the working folder, Node replaces what is not UTF-8. The result is the name of another folder.
    if (whole?.includes('\ufffd') && !asPath(file).includes('\ufffd')) {
      throw new Error('it is relative, and the name of the working folder is not UTF-8');
    }
    return whole;
  } catch (error) {
    const isRelative = error.syscall === 'uv_cwd' && 'is relative, but the working folder does not exist';
    throw invalidParameter(name, isRelative || `is no path: ${error.message}`);
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

module.exports = { asAbsolutePath, asPath, finite, fromHome, idList, invalidParameter, optionsOf, refuseNul };
