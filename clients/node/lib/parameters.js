'use strict';

const { asAbsolutePath } = require('./command.js');
const { InvalidParams } = require('./errors.js');

/** The error for a parameter that the client cannot send. */
function invalidParameter(name, reason) {
  const data = { kind: InvalidParams.kind, retryable: false, parameter: name };
  return new InvalidParams(`the parameter "${name}" ${reason}`, { data });
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

/** The timeout for the bridge. `Infinity` and null mean no timeout, so the parameter is left out. */
function finite(timeout) {
  if ((timeout ?? undefined) !== undefined && typeof timeout !== 'number') {
    throw invalidParameter('timeout', 'is no number of seconds');
  }
  return timeout === Infinity ? undefined : (timeout ?? undefined);
}

/** The absolute path. This process may have changed its working directory, and the bridge has not. */
function absolute(directory) {
  try {
    return asAbsolutePath('directory', directory);
  } catch (error) {
    throw invalidParameter('directory', `is no path: ${error.message}`);
  }
}

module.exports = { absolute, finite, idList, invalidParameter };
