'use strict';

const { invalidParameter } = require('./parameters.js');

// Writes JSON-RPC messages, one on each line.

// Matches the escape of half a surrogate pair. An escaped backslash before it is not part of such an escape.
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

function request(id, method, params) {
  return line({ jsonrpc: '2.0', id, method, params });
}

function notification(method, params) {
  return line({ jsonrpc: '2.0', method, params });
}

// The bridge cannot read such a message, and could not name its call. So the message is refused here.
function line(message) {
  const text = written(message);
  if (text !== undefined && !Object.values(message.params).some(isLost)) {
    return `${text}\n`;
  }
  const bad = ([, value]) => isLost(value) || written({ value }) === undefined;
  const [name] = Object.entries(message.params).find(bad);
  throw invalidParameter(name, 'is no JSON, or not well-formed Unicode');
}

/** Whether `JSON.stringify` would write null for the value, or would leave the value out. */
function isLost(value) {
  return typeof value === 'number' ? !Number.isFinite(value) : ['function', 'symbol'].includes(typeof value);
}

/**
 * The JSON text; undefined for values that JSON or Unicode cannot hold. An error of `JSON.stringify` could show the
 * value.
 */
function written(value) {
  try {
    const text = JSON.stringify(value);
    return LONE_SURROGATE.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

const FAREWELL = request('shutdown', 'shutdown', {}) + notification('exit', {});

module.exports = { FAREWELL, LONE_SURROGATE, notification, request };
