'use strict';

// Decodes JSON into the shapes of the protocol. Times become Dates, and errors become exceptions.

const errors = require('./errors.js');
const shapes = require('./shapes.js');

const byKind = new Map(Object.values(errors).map((type) => [type.kind, type]));

/** Decodes `value` as a shape of `shapes.js`. Unknown members of a newer bridge stay unchanged. */
function decode(name, value) {
  if (!fits(name, value)) {
    throw new errors.ProtocolError(`the bridge sent no ${name}`);
  }
  const decoded = { ...value };
  for (const [member, type] of Object.entries(shapes[name].members)) {
    if (decoded[member] !== undefined && decoded[member] !== null) {
      decoded[member] = decodeMember(type, decoded[member]);
    }
  }
  return decoded;
}

/** A JSON-RPC error object as the exception of its kind. */
function decodeError(value) {
  const data = value.data ?? {};
  const kind = String(data.kind ?? 'unknown');
  // A kind of this package has no meaning in an error of the bridge. `BridgeDied` also has another constructor.
  const known = byKind.get(kind);
  const Type = known === undefined || known === errors.BridgeDied ? errors.CoverBridgeError : known;
  const message = inFull(String(value.message ?? kind), data.apiMessage);
  const error = new Type(message, { code: value.code ?? null, kind, data });
  if (kind === errors.WaitTimeout.kind) {
    error.last = data.last ? decode('CoverStatus', data.last) : null;
  }
  return error;
}

/** The message of the error. If it lacks the API's own words, they are added. */
function inFull(message, apiMessage) {
  return !apiMessage || message.includes(apiMessage) ? message : `${message} The API says: ${apiMessage}`;
}

function decodeMember(type, value) {
  if (Array.isArray(type)) {
    if (!Array.isArray(value)) {
      throw new errors.ProtocolError(`the bridge sent no list of ${type.join(' or ')}`);
    }
    return value.map((item) => decode(type.find((name) => fits(name, item)) ?? type[0], item));
  }
  switch (type) {
    case 'Time':
      return decodeTime(value);
    case 'Error':
      return decodeError(value);
    default:
      return decode(type, value);
  }
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
