'use strict';

// In lines: what of its stderr the text of a death has.
const LAST_WORDS = 5;

/** What every error of this package is; an unknown kind from a newer bridge is this itself. */
class CoverBridgeError extends Error {
  static kind = 'unknown';

  constructor(message, { code = null, kind, data = {} } = {}) {
    super(message);
    this.kind = kind ?? this.constructor.kind;
    this.code = code;
    this.data = data;
  }

  get retryable() {
    return this.data.retryable === true;
  }

  get retryAfter() {
    return this.data.retryAfter;
  }

  get httpStatus() {
    return this.data.httpStatus;
  }

  get apiCode() {
    return this.data.apiCode;
  }

  get apiMessage() {
    return this.data.apiMessage;
  }

  get taskId() {
    return this.data.taskId;
  }

  get parameter() {
    return this.data.parameter;
  }
}

// What the API said.

class BadRequest extends CoverBridgeError { static kind = 'badRequest'; }
class Unauthorized extends CoverBridgeError { static kind = 'unauthorized'; }
class InsufficientCredits extends CoverBridgeError { static kind = 'insufficientCredits'; }
class TaskNotFound extends CoverBridgeError { static kind = 'taskNotFound'; }
class Conflict extends CoverBridgeError { static kind = 'conflict'; }
class ValidationFailed extends CoverBridgeError { static kind = 'validationFailed'; }
class RateLimited extends CoverBridgeError { static kind = 'rateLimited'; }
class Maintenance extends CoverBridgeError { static kind = 'maintenance'; }
class ServerError extends CoverBridgeError { static kind = 'serverError'; }
class FeatureDisabled extends CoverBridgeError { static kind = 'featureDisabled'; }

// What the bridge said.

class MissingCredentials extends CoverBridgeError { static kind = 'missingCredentials'; }
class Unreachable extends CoverBridgeError { static kind = 'unreachable'; }
class RequestTimeout extends CoverBridgeError { static kind = 'requestTimeout'; }
class MalformedResponse extends CoverBridgeError { static kind = 'malformedResponse'; }
class WaitTimeout extends CoverBridgeError { static kind = 'waitTimeout'; last = null; }
class Overloaded extends CoverBridgeError { static kind = 'overloaded'; }
class ShuttingDown extends CoverBridgeError { static kind = 'shuttingDown'; }
class DownloadFailed extends CoverBridgeError { static kind = 'downloadFailed'; }
class FileExists extends CoverBridgeError { static kind = 'fileExists'; }
class InsecureEndpoint extends CoverBridgeError { static kind = 'insecureEndpoint'; }
class BadSignature extends CoverBridgeError { static kind = 'badSignature'; }
class UntrustedServer extends CoverBridgeError { static kind = 'untrustedServer'; }

// What JSON-RPC itself says.

class ParseError extends CoverBridgeError { static kind = 'parseError'; }
class InvalidRequest extends CoverBridgeError { static kind = 'invalidRequest'; }
class DuplicateId extends CoverBridgeError { static kind = 'duplicateId'; }
class MessageTooLarge extends CoverBridgeError { static kind = 'messageTooLarge'; }
class MethodNotFound extends CoverBridgeError { static kind = 'methodNotFound'; }
class InvalidParams extends CoverBridgeError { static kind = 'invalidParams'; }
class InternalError extends CoverBridgeError { static kind = 'internalError'; }
class Cancelled extends CoverBridgeError { static kind = 'cancelled'; }

// What this package says without the bridge.

class BridgeNotFound extends CoverBridgeError { static kind = 'bridgeNotFound'; }
class BridgeClosed extends CoverBridgeError { static kind = 'bridgeClosed'; }
class CallTimeout extends CoverBridgeError { static kind = 'callTimeout'; }
class ProtocolError extends CoverBridgeError { static kind = 'protocolError'; }

class BridgeDied extends CoverBridgeError {
  static kind = 'bridgeDied';

  constructor({ exitCode, signal, stderrTail }) {
    const how = signal === null ? `exited with code ${exitCode}` : `was killed by ${signal}`;
    // The cause seldom stands in the very last line.
    const lastWords = stderrTail.trim().split('\n').slice(-LAST_WORDS).join('\n');
    super(`the bridge ${how}${lastWords && `: ${lastWords}`}`);
    this.exitCode = exitCode;
    this.signal = signal;
    this.stderrTail = stderrTail;
  }
}

const errors = {
  CoverBridgeError,
  BadRequest,
  Unauthorized,
  InsufficientCredits,
  TaskNotFound,
  Conflict,
  ValidationFailed,
  RateLimited,
  Maintenance,
  ServerError,
  FeatureDisabled,
  MissingCredentials,
  Unreachable,
  RequestTimeout,
  MalformedResponse,
  WaitTimeout,
  Overloaded,
  ShuttingDown,
  DownloadFailed,
  FileExists,
  InsecureEndpoint,
  BadSignature,
  UntrustedServer,
  ParseError,
  InvalidRequest,
  DuplicateId,
  MessageTooLarge,
  MethodNotFound,
  InvalidParams,
  InternalError,
  Cancelled,
  BridgeNotFound,
  BridgeClosed,
  BridgeDied,
  CallTimeout,
  ProtocolError,
};

// Not of `constructor`: bundlers that minify rename the classes.
for (const [name, type] of Object.entries(errors)) {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
}

module.exports = errors;
