// Exports the same classes for `import`, so that the package exists only once for both ways of loading it.
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
