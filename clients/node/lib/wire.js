'use strict';

const { invalidParameter } = require('./parameters.js');

// JSON-RPC, written one text a line.

// An escape of a surrogate that has lost its other half; `\\` before it is a backslash of its own.
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

function request(id, method, params) {
  return line({ jsonrpc: '2.0', id, method, params });
}

function notification(method, params) {
  return line({ jsonrpc: '2.0', method, params });
}

// What the bridge could not read, it could only answer without an id: so it is refused here.
function line(message) {
  const text = written(message);
  if (text !== undefined && !Object.values(message.params).some(isLost)) {
    return `${text}\n`;
  }
  const bad = ([, value]) => isLost(value) || written({ value }) === undefined;
  const [name, value] = Object.entries(message.params).find(bad);
  const isEndless = typeof value === 'number';
  throw invalidParameter(name, isEndless ? 'must be a finite number' : 'is no JSON, or not well-formed Unicode');
}

/** Whether `JSON.stringify` would write null for a value, or leave it out. */
function isLost(value) {
  return typeof value === 'number' ? !Number.isFinite(value) : ['function', 'symbol'].includes(typeof value);
}

/** As JSON; undefined for what is none, as a BigInt, or no text. The error of `JSON.stringify` may show the value. */
function written(value) {
  try {
    const text = JSON.stringify(value);
    return LONE_SURROGATE.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

const FAREWELL = request('shutdown', 'shutdown', {}) + notification('exit', {});

module.exports = { FAREWELL, notification, request };
