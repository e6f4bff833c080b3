'use strict';

// Decodes JSON into the shapes of the protocol. Times become Dates, and errors become exceptions.

const { BridgeDied, ...errors } = require('./errors.js');
const shapes = require('./shapes.js');

// `BridgeDied` is missing, because a bridge does not report its own death.
const byKind = new Map(Object.values(errors).map((type) => [type.kind, type]));
const decoders = { Time: decodeTime, Error: decodeError };

/** Decodes `value` as a shape of `shapes.js`. Unknown members of a newer bridge stay unchanged. */
function decode(name, value) {
  if (!fits(name, value)) {
    throw new errors.ProtocolError(`the bridge sent no ${name}`);
  }
  const decoded = { ...value };
  for (const [member, type] of Object.entries(shapes[name].members ?? {})) {
    if ((value[member] ?? null) !== null) {
      decoded[member] = decodeMember(type, value[member]);
    }
  }
  return decoded;
}

function decodeMember(type, value) {
  if (Array.isArray(type)) {
    return value.map((item) => decode(type.find((name) => fits(name, item)) ?? type[0], item));
  }
  return type in decoders ? decoders[type](value) : decode(type, value);
}

/** A JSON-RPC error object as the exception of its kind. If its message lacks the API's own words, they are added. */
function decodeError({ code = null, message = '', data = {} }) {
  const { kind = 'unknown', apiMessage, last } = data;
  const inFull = !apiMessage || message.includes(apiMessage) ? message : `${message} The API says: ${apiMessage}`;
  const Type = byKind.get(kind) ?? errors.CoverBridgeError;
  const error = new Type(inFull, { code, kind, data });
  if (Type === errors.WaitTimeout) {
    error.last = last ? decode('CoverStatus', last) : null;
  }
  return error;
}

function decodeTime(text) {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new errors.ProtocolError('the bridge sent a time that is none');
  }
  return time;
}

function fits(name, value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    shapes[name].required.every((member) => value[member] !== undefined)
  );
}

module.exports = { decode, decodeError };
