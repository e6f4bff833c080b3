'use strict';

// The message of a `BridgeDied` contains this number of the last lines of stderr.
const LAST_WORDS = 5;

/** The class of every error of this package. An unknown kind from a newer bridge has this class itself. */
class CoverBridgeError extends Error {
  static kind = 'unknown';

  constructor(message, { code = null, kind, data = {} } = {}) {
    super(message);
    this.kind = kind ?? this.constructor.kind;
    this.code = code;
    this.data = data;
  }

  /** The members that `JSON.stringify` writes. Without this method, it would leave out the message of an `Error`. */
  toJSON() {
    const { name, message } = this;
    return { name, message, ...this };
  }

  get retryable() {
    return this.data.retryable === true;
  }
}

for (const name of ['retryAfter', 'httpStatus', 'apiCode', 'apiMessage', 'taskId', 'parameter']) {
  Object.defineProperty(CoverBridgeError.prototype, name, { get() { return this.data[name]; }, configurable: true });
}

// Each of these kinds has a class of the same name.
const KINDS = [
  // Errors of the API.
  'badRequest', 'unauthorized', 'insufficientCredits', 'taskNotFound', 'conflict', 'validationFailed',
  'rateLimited', 'maintenance', 'serverError', 'featureDisabled',
  // Errors of the bridge.
  'missingCredentials', 'unreachable', 'requestTimeout', 'malformedResponse', 'waitTimeout', 'overloaded',
  'shuttingDown', 'downloadFailed', 'fileExists', 'insecureEndpoint', 'untrustedServer', 'badSignature',
  // Errors of JSON-RPC.
  'parseError', 'invalidRequest', 'duplicateId', 'messageTooLarge', 'methodNotFound', 'invalidParams',
  'internalError', 'cancelled',
  // Errors of this package.
  'bridgeNotFound', 'bridgeClosed', 'callTimeout', 'protocolError',
];

class BridgeDied extends CoverBridgeError {
  static kind = 'bridgeDied';

  /** `stranger` is a program that has never answered. */
  constructor({ exitCode, signal, stderrTail, stranger }) {
    const how = signal === null ? `exited with code ${exitCode}` : `was killed by ${signal}`;
    // The last line alone seldom contains the cause.
    const lastWords = stderrTail.trim().split('\n').slice(-LAST_WORDS).join('\n');
    // A bridge that cannot start writes its name and the reason.
    const isStrange = stranger && signal === null && !stderrTail.includes('cover-bridge: ');
    const doubt = isStrange ? `\n${stranger} has answered nothing: is it really cover-bridge?` : '';
    super(`the bridge ${how}${lastWords && `: ${lastWords}`}${doubt}`);
    this.exitCode = exitCode;
    this.signal = signal;
    this.stderrTail = stderrTail;
  }
}

const classes = KINDS.map((kind) => class extends CoverBridgeError { static kind = kind; });
const errors = {};

for (const type of [CoverBridgeError, BridgeDied, ...classes]) {
  const { kind } = type;
  const name = kind === 'unknown' ? 'CoverBridgeError' : kind[0].toUpperCase() + kind.slice(1);
  // The names are set here, because bundlers rename classes.
  Object.defineProperty(type, 'name', { value: name });
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
  errors[name] = type;
}

module.exports = errors;
