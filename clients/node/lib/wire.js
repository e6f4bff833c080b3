'use strict';

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
  for (const [name, value] of Object.entries(message.params)) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new TypeError(`${name} must be a finite number`);
    }
  }
  const text = JSON.stringify(message);
  if (LONE_SURROGATE.test(text)) {
    throw new TypeError(`${message.method}: a string is not well-formed Unicode`);
  }
  return `${text}\n`;
}

const FAREWELL = request('shutdown', 'shutdown', {}) + notification('exit', {});

module.exports = { FAREWELL, notification, request };
