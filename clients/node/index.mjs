// Exports the same classes for `import`. So a program has only one copy of the package, however it loads the package.
import bridge from './index.cjs';

export const {
  CoverBridge, CoverBridgeError,
  BadRequest, Unauthorized, InsufficientCredits, TaskNotFound, Conflict, ValidationFailed,
  RateLimited, Maintenance, ServerError, FeatureDisabled,
  MissingCredentials, Unreachable, RequestTimeout, MalformedResponse, WaitTimeout, Overloaded,
  ShuttingDown, DownloadFailed, FileExists, InsecureEndpoint, UntrustedServer, BadSignature,
  ParseError, InvalidRequest, DuplicateId, MessageTooLarge, MethodNotFound, InvalidParams,
  InternalError, Cancelled,
  BridgeNotFound, BridgeClosed, BridgeDied, CallTimeout, ProtocolError,
} = bridge;
