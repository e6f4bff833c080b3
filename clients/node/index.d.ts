import type {
  Changes,
  CoverStatus,
  DownloadedFile,
  ErrorKind,
  Callback,
  Generation,
  Health,
  Journal,
  ServerInfo,
  Stats,
  Watch, WatchEnded, WatchEvent,
} from './types';

export * from './types';

declare global {
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

/** All times in this package are in seconds. */
export interface Options {
  /** Uses the pretend API inside the bridge, which needs no key and no network. */
  sandbox?: boolean;
  /** The address of the API. It is https, or http on this machine. */
  endpoint?: string;
  /** Sent in `initialize`, never as an argument. Without it and `apiKeyFile`, the bridge uses `KIE_API_KEY`. */
  apiKey?: string;
  apiKeyFile?: string | URL;
  /** A PEM file of authorities to trust instead of the system's. Overrides `SSL_CERT_FILE` and `SSL_CERT_DIR`. */
  caFile?: string | URL;
  /** A file with the key that signs callbacks. It has priority over `KIE_WEBHOOK_KEY`. */
  webhookKeyFile?: string | URL;
  /** A file that stores watches and changes. They outlive the bridge. */
  journal?: string | URL;
  /** The store of a fleet, which bridges with the same key share. `fleetSize` is the least number of these bridges. */
  fleet?: string | URL;
  /** A file with the password of the fleet's Redis. */
  fleetPasswordFile?: string | URL;
  fleetSize?: number;
  /** The most queries per second; 10 by default. */
  rate?: number;
  /** The interval between two polls of a watched task; 30 by default. */
  interval?: number;
  /** The binary, or a whole argument list. A relative path starts at the directory in which the object was made. */
  command?: string | URL | readonly string[];
  /** More arguments for the bridge, after all others. */
  args?: string | readonly string[];
  /** Variables for the bridge, in addition to the environment of this process. */
  env?: Readonly<Record<string, string | undefined>>;
  /**
   * Whether a new bridge replaces a bridge that died. The pause grows from 0.1 s to 30 s if bridges die within a
   * minute. After three starts in a row without an answer, the client gives up. Watches continue, and calls made
   * meanwhile wait. A call that was sent fails with `BridgeDied` and is not repeated. The caller may safely repeat all
   * calls but `generate`.
   */
  restart?: boolean;
  /** Called with the health of the API's host whenever it changes. An error in it is an uncaught exception. */
  onHealth?: (health: Health) => void;
  /** How long the bridge may take to answer; 75 by default, because a call may take 60. `Infinity` means for ever. */
  timeout?: number;
}

/** An abort rejects the promise with the signal's reason. It cancels the call in the bridge, but never the task. */
export interface CallOptions {
  signal?: AbortSignal;
}

export interface StatusOptions extends CallOptions {
  /** The greatest age of a known status that may be the answer; 0 by default. */
  maxAge?: number;
  /** Whether the answer contains the API's own record. */
  includeRecord?: boolean;
}

export interface WaitOptions extends CallOptions {
  /** The time after which the call gives up; no limit by default. */
  timeout?: number;
}

export interface WatchOptions extends CallOptions {
  /** The interval between two polls; the bridge's interval by default. */
  interval?: number;
  /** The time after which the watch ends. */
  timeout?: number;
}

export interface WatchesOptions extends CallOptions {
  /** The id after which the page begins. Ids are sorted by their bytes. The task of this id need not be watched. */
  after?: string;
  /** The most watches to return, up to 1000; all by default. */
  limit?: number;
}

export interface FollowOptions extends WatchOptions {
  /** Whether a line shows the progress, if stderr is a terminal. */
  progress?: boolean;
}

export interface ChangesOptions extends CallOptions {
  /** The sequence number after which the page begins; 0 by default. */
  after?: number;
  /** The most changes to return: 100 by default, up to 1000. */
  limit?: number;
}

export interface DownloadOptions extends CallOptions {
  /** Whether existing files of the same names are replaced. */
  overwrite?: boolean;
  /** Called with each report of the bridge. An error in it ends the download. */
  progress?: (report: Readonly<Record<string, unknown>>) => void;
}

export interface GenerateOptions extends CallOptions {
  /** The URL that the API POSTs to when the cover is final; the API requires one. */
  callbackUrl?: string;
}

/** A running `cover-bridge`. The first call starts it. Only open calls and waiting iterators keep Node running. */
export class CoverBridge {
  constructor(options?: Options);

  /** The id of the bridge's process; `null` before the start. A restart changes the id. */
  get pid(): number | null;

  // These values come from the bridge's answer to `initialize`. Before it, they throw `BridgeClosed`.
  get serverInfo(): ServerInfo;
  get protocolVersion(): number;
  /** The journal, as the bridge described it at its start. */
  get journal(): Journal;
  get endpoint(): string;
  get sandbox(): boolean;
  get capabilities(): Readonly<Record<string, unknown>>;
  get limits(): Readonly<Record<string, unknown>>;

  /** Resolves to this client when the bridge has answered `initialize`. Other calls also start the bridge. */
  start(): Promise<this>;
  /** Ends all watches, shuts the bridge down and resolves when it has ended. Open calls fail. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;

  /** The current status, or a known status that is at most `maxAge` old. */
  status(taskId: string, options?: StatusOptions): Promise<CoverStatus>;
  /** The final status. After `timeout`, the call fails with a `WaitTimeout`, which has the last status. */
  wait(taskId: string, options?: WaitOptions): Promise<CoverStatus>;
  /**
   * Every change of these tasks, until each task is final or its watch has ended.
   *
   * The watch begins with the call. The bridge has one watch for each task. A second call replaces the interval and the
   * timeout of that watch. Its iterator begins with the last status, if one is known. With `restart`, the watch
   * outlives the bridge, even a bridge that dies before its answer.
   */
  watch(taskIds: string | Iterable<string>, options?: WatchOptions): ChangeStream;
  /** Watches each task to its end. The result has, for each id, the final status or the `WatchEnded`. */
  follow(taskIds: string | Iterable<string>, options?: FollowOptions): Promise<Map<string, CoverStatus | WatchEnded>>;
  /** Ends watches. Resolves to the ids that were watched. The iterators over these tasks end. */
  unwatch(taskIds: string | Iterable<string>, options?: CallOptions): Promise<string[]>;
  /** The watches of the bridge. */
  watches(options?: WatchesOptions): Promise<Watch[]>;
  /** A page of the journal: the changes after a sequence number. */
  changes(options?: ChangesOptions): Promise<Changes>;
  /** Resolves to the last sequence number, once each change up to it has reached its iterator. */
  sync(options?: CallOptions): Promise<number>;
  /** Saves the images. After `BridgeDied`, the caller may repeat the call with `overwrite`. */
  download(taskId: string, directory: string | URL, options?: DownloadOptions): Promise<DownloadedFile[]>;

  /**
   * Orders the cover of a music task. The order costs credits, unless the cover exists already. If the call fails
   * without an answer of the API, the order may exist. If so, the same call returns its cover, as `reused`.
   */
  generate(taskId: string, options?: GenerateOptions): Promise<Generation>;
  /** Passes on the API's request to the callback URL. The bridge queries the record, and updates a watch at once. */
  callback(body: string | Uint8Array | object, options?: CallOptions & { headers?: object }): Promise<Callback>;
  /** The credits of the account. */
  credits(options?: CallOptions): Promise<number>;
  /** The bridge's counters. */
  stats(options?: CallOptions): Promise<Stats>;
  /** Resolves if the bridge answers. */
  ping(options?: CallOptions): Promise<void>;
}

/**
 * The events of one watch, in order. `break` and `return()` end the watch. A slow loop does not delay the bridge or
 * other loops. It costs memory: some kilobytes a change, without a limit.
 */
export interface ChangeStream extends AsyncIterableIterator<WatchEvent> {
  next(): Promise<IteratorResult<WatchEvent, undefined>>;
  return(): Promise<IteratorResult<WatchEvent, undefined>>;
  [Symbol.asyncIterator](): this;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The base class of all errors of this package. An unknown kind from a newer bridge is an error of this class. */
export class CoverBridgeError extends Error {
  /** A stable word for the error: a kind of the bridge, of JSON-RPC or of this package. */
  readonly kind: ErrorKind | (string & {});
  /** The JSON-RPC code; `null` if the error comes from this package and not from the bridge. */
  readonly code: number | null;
  /** The error's data object, as the bridge sent it. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The members that `JSON.stringify` writes: `name`, `message`, `kind`, `code`, `data` and those of the subclass. */
  toJSON(): Record<string, unknown>;
  get retryable(): boolean;
  /** The pause before the next try, in seconds. */
  get retryAfter(): number | undefined;
  get httpStatus(): number | undefined;
  get apiCode(): number | undefined;
  get apiMessage(): string | undefined;
  get taskId(): string | undefined;
  get parameter(): string | undefined;
}

// Errors of the API.

/** The API did not accept the parameters. */
export class BadRequest extends CoverBridgeError {}
/** The API refused the key. */
export class Unauthorized extends CoverBridgeError {}
/** The account has too few credits. */
export class InsufficientCredits extends CoverBridgeError {}
/** The API does not know the task. */
export class TaskNotFound extends CoverBridgeError {}
/** The cover exists already, and the API did not give its id. */
export class Conflict extends CoverBridgeError {}
/** The API found a parameter invalid. */
export class ValidationFailed extends CoverBridgeError {}
/** There were too many requests. `retryAfter` is the pause before the next one. */
export class RateLimited extends CoverBridgeError {}
/** The API is under maintenance. */
export class Maintenance extends CoverBridgeError {}
/** The API failed, or used an undocumented code (`apiCode`). */
export class ServerError extends CoverBridgeError {}
/** The feature is disabled for this account. */
export class FeatureDisabled extends CoverBridgeError {}

// Errors of the bridge.

/** No API key is configured. */
export class MissingCredentials extends CoverBridgeError {}
/** DNS, TCP or TLS failed on the way to the API. */
export class Unreachable extends CoverBridgeError {}
/** The API did not answer the bridge in time. */
export class RequestTimeout extends CoverBridgeError {}
/** The answer of the API is not a record. */
export class MalformedResponse extends CoverBridgeError {}
/** A `wait` reached its timeout. The task continues. */
export class WaitTimeout extends CoverBridgeError {
  /** The last status seen, or `null`. */
  readonly last: CoverStatus | null;
}
/** The bridge has too many requests in progress. */
export class Overloaded extends CoverBridgeError {}
/** The bridge is shutting down. */
export class ShuttingDown extends CoverBridgeError {}
/** An image could not be fetched. */
export class DownloadFailed extends CoverBridgeError {}
/** The file exists already, and `overwrite` was not given. */
export class FileExists extends CoverBridgeError {}
/** The address is plain http to a host that is not loopback, or an image's address is not https. */
export class InsecureEndpoint extends CoverBridgeError {}
/** A callback is not signed with the webhook key, or it is too old. */
export class BadSignature extends CoverBridgeError {}
/** The server's certificate is not trusted: it has an unknown authority or another name, or it has expired. */
export class UntrustedServer extends CoverBridgeError {}

// Errors of JSON-RPC.

export class ParseError extends CoverBridgeError {}
export class InvalidRequest extends CoverBridgeError {}
export class DuplicateId extends CoverBridgeError {}
export class MessageTooLarge extends CoverBridgeError {}
export class MethodNotFound extends CoverBridgeError {}
/** A parameter or an option is missing, wrong or misspelled; `parameter` has its name. */
export class InvalidParams extends CoverBridgeError {}
export class InternalError extends CoverBridgeError {}
export class Cancelled extends CoverBridgeError {}

// Errors of this package.

/** No `cover-bridge` was found; the message lists every place that was searched. */
export class BridgeNotFound extends CoverBridgeError {}
/** This client was closed, or the bridge has not started yet. */
export class BridgeClosed extends CoverBridgeError {}
/** The bridge did not answer in time; the call was cancelled. */
export class CallTimeout extends CoverBridgeError {}
/** The bridge sent a message that this version of the package does not understand. */
export class ProtocolError extends CoverBridgeError {}

/** The bridge's process ended unexpectedly. */
export class BridgeDied extends CoverBridgeError {
  /** The exit code; `null` if a signal ended the process. */
  readonly exitCode: number | null;
  /** The signal, such as `SIGKILL`; `null` if the process exited. */
  readonly signal: string | null;
  /** The last lines that the process wrote to stderr. */
  readonly stderrTail: string;
}
