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

/** All times are in seconds, here and everywhere. */
export interface Options {
  /** A pretend API inside the bridge: needs neither key nor network. */
  sandbox?: boolean;
  /** Where the API is; https, or http on this machine. */
  endpoint?: string;
  /** Handed over in `initialize`, never as an argument. Without it and `apiKeyFile`, `KIE_API_KEY` counts. */
  apiKey?: string;
  apiKeyFile?: string | URL;
  /** Certificates in PEM to trust instead of the system's; goes before `SSL_CERT_FILE` and `SSL_CERT_DIR`. */
  caFile?: string | URL;
  /** The key that callbacks are signed with; goes before `KIE_WEBHOOK_KEY`. */
  webhookKeyFile?: string | URL;
  /** A file in which watches and changes outlive the bridge. */
  journal?: string | URL;
  /** A file over which bridges with the same key share the rate and what they read; and how many they are at least. */
  fleet?: string | URL;
  fleetSize?: number;
  /** Queries per second at most; 10 unless given. */
  rate?: number;
  /** Between two looks at a watched task; 30 unless given. */
  interval?: number;
  /** The binary, or a whole argument list. Relative paths count from the folder in which the object was made. */
  command?: string | URL | readonly string[];
  /** For the bridge, after all others. */
  args?: readonly string[];
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string | undefined>>;
  /**
   * Each death is made up for by a new bridge, after 0.1 s at first and up to 30 s when it dies again within a minute;
   * three starts in a row without an answer are the end. Watches go on, and calls made meanwhile wait. A call that was
   * out fails with `BridgeDied` and is not made again: all but `generate` are safe to repeat.
   */
  restart?: boolean;
  /** How the API's host does, whenever that changes. What it throws is an uncaught exception. */
  onHealth?: (health: Health) => void;
  /** How long the bridge may take to answer a call; 75 unless given, for it takes up to 60. `Infinity` is for ever. */
  timeout?: number;
}

/** Aborting rejects with the signal's reason, and cancels the call in the bridge; never the task. */
export interface CallOptions {
  signal?: AbortSignal;
}

export interface StatusOptions extends CallOptions {
  /** How old an answer from the bridge's memory may be; 0 unless given. */
  maxAge?: number;
  /** Whether the API's own record comes along. */
  includeRecord?: boolean;
}

export interface WaitOptions extends CallOptions {
  /** After how long to give up; for ever unless given. */
  timeout?: number;
}

export interface WatchOptions extends CallOptions {
  /** Between two looks; the bridge's own unless given. */
  interval?: number;
  /** After how long to give up. */
  timeout?: number;
}

export interface WatchesOptions extends CallOptions {
  /** The id to go on after, in the order of their bytes, watched or not. */
  after?: string;
  /** How many at most, up to 1000; all unless given. */
  limit?: number;
}

export interface FollowOptions extends WatchOptions {
  /** Whether one line shows how far it is, where stderr is a terminal. */
  progress?: boolean;
}

export interface ChangesOptions extends CallOptions {
  /** The last sequence number that is known; 0 unless given. */
  after?: number;
  /** How many at most: 100 unless given, 1000 at most. */
  limit?: number;
}

export interface DownloadOptions extends CallOptions {
  /** Whether files of the same names are replaced. */
  overwrite?: boolean;
  /** Called with what the bridge reports. What it throws ends the download. */
  progress?: (report: Readonly<Record<string, unknown>>) => void;
}

export interface GenerateOptions extends CallOptions {
  /** Where the API announces the end; the API requires one. */
  callbackUrl?: string;
}

/**
 * A running `cover-bridge`. The process starts with the first call. It does not keep Node going:
 * calls that are not answered and iterators that wait do.
 */
export class CoverBridge {
  constructor(options?: Options);

  /** The bridge's process, another one after a restart; `null` before the start. */
  get pid(): number | null;

  // What the bridge said of itself. Before it has, these throw `BridgeClosed`.
  get serverInfo(): ServerInfo;
  get protocolVersion(): number;
  /** As it was when the bridge started. */
  get journal(): Journal;
  get endpoint(): string;
  get sandbox(): boolean;
  get capabilities(): Readonly<Record<string, unknown>>;
  get limits(): Readonly<Record<string, unknown>>;

  /** Resolves to this client once the bridge has answered. Not needed before other calls. */
  start(): Promise<this>;
  /** Unwatches, shuts the bridge down and resolves at its end. Calls still out are failed. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;

  /** The task as it is now, or as it was up to `maxAge` ago. */
  status(taskId: string, options?: StatusOptions): Promise<CoverStatus>;
  /** The final status; after `timeout` a `WaitTimeout` with the last one seen. */
  wait(taskId: string, options?: WaitOptions): Promise<CoverStatus>;
  /**
   * Every change of these tasks, until each is final or its watch has ended.
   *
   * The watch begins with the call. A task has one watch in the bridge: a second call sets its
   * interval and timeout anew, and its iterator begins with how the task stands, where that is known.
   * With `restart` it outlives the bridge, even one that dies before it has answered.
   */
  watch(taskIds: string | Iterable<string>, options?: WatchOptions): ChangeStream;
  /** Watches to the end of each task: by its id the final status, or the `WatchEnded` of its watch. */
  follow(taskIds: string | Iterable<string>, options?: FollowOptions): Promise<Map<string, CoverStatus | WatchEnded>>;
  /** Stops watching; gives the tasks that were watched. Iterators over them end. */
  unwatch(taskIds: string | Iterable<string>, options?: CallOptions): Promise<string[]>;
  /** What the bridge watches. */
  watches(options?: WatchesOptions): Promise<Watch[]>;
  /** A page of the journal: the changes after a sequence number. */
  changes(options?: ChangesOptions): Promise<Changes>;
  /** Gives the last sequence number once every change due has reached its iterator. */
  sync(options?: CallOptions): Promise<number>;
  /** Saves the images. After `BridgeDied` it may be called again, with `overwrite`. */
  download(taskId: string, directory: string | URL, options?: DownloadOptions): Promise<DownloadedFile[]>;

  /**
   * Asks for the cover of a music task; costs credits unless it exists already. After `BridgeDied`
   * it is unknown whether the request was made; it is never sent twice.
   */
  generate(taskId: string, options?: GenerateOptions): Promise<Generation>;
  /** Hands over what the API POSTed to the callback URL: the record is read, and a watch hears of it at once. */
  callback(body: string | Uint8Array | object, options?: CallOptions & { headers?: object }): Promise<Callback>;
  /** What the account has left. */
  credits(options?: CallOptions): Promise<number>;
  /** The bridge's counters. */
  stats(options?: CallOptions): Promise<Stats>;
  /** Resolves if the bridge is there. */
  ping(options?: CallOptions): Promise<void>;
}

/**
 * The events of one watch, in order. Leaving the loop early unwatches, as does `return()`. A slow
 * loop costs memory (some kilobytes a change, without a limit) but holds nothing up.
 */
export interface ChangeStream extends AsyncIterableIterator<WatchEvent> {
  next(): Promise<IteratorResult<WatchEvent, undefined>>;
  return(): Promise<IteratorResult<WatchEvent, undefined>>;
  [Symbol.asyncIterator](): this;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What every error of this package is; an unknown kind from a newer bridge is this itself. */
export class CoverBridgeError extends Error {
  /** What went wrong, as a stable word: of the bridge's, of JSON-RPC's or of this package's. */
  readonly kind: ErrorKind | (string & {});
  /** The JSON-RPC code; `null` where this package raised the error without the bridge. */
  readonly code: number | null;
  /** The error's data object as it came. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What `JSON.stringify` writes: `name`, `message`, `kind`, `code`, `data` and what else the error has. */
  toJSON(): Record<string, unknown>;
  get retryable(): boolean;
  /** In seconds. */
  get retryAfter(): number | undefined;
  get httpStatus(): number | undefined;
  get apiCode(): number | undefined;
  get apiMessage(): string | undefined;
  get taskId(): string | undefined;
  get parameter(): string | undefined;
}

// What the API said.

/** The API did not accept the parameters. */
export class BadRequest extends CoverBridgeError {}
/** The API refused the key. */
export class Unauthorized extends CoverBridgeError {}
/** The account has too few credits. */
export class InsufficientCredits extends CoverBridgeError {}
/** The API does not know the task. */
export class TaskNotFound extends CoverBridgeError {}
/** The cover exists already, and the API did not say under which id. */
export class Conflict extends CoverBridgeError {}
/** The API found a parameter invalid. */
export class ValidationFailed extends CoverBridgeError {}
/** Too many requests: see `retryAfter`. */
export class RateLimited extends CoverBridgeError {}
/** The API is under maintenance. */
export class Maintenance extends CoverBridgeError {}
/** The API failed, or used an undocumented code (`apiCode`). */
export class ServerError extends CoverBridgeError {}
/** The feature is disabled for this account. */
export class FeatureDisabled extends CoverBridgeError {}

// What the bridge said.

/** No API key is configured. */
export class MissingCredentials extends CoverBridgeError {}
/** DNS, TCP or TLS failed on the way to the API. */
export class Unreachable extends CoverBridgeError {}
/** The API did not answer the bridge in time. */
export class RequestTimeout extends CoverBridgeError {}
/** The API answered something that is no record. */
export class MalformedResponse extends CoverBridgeError {}
/** A `wait` ran out of time. The task runs on. */
export class WaitTimeout extends CoverBridgeError {
  /** The last status seen, if any. */
  readonly last: CoverStatus | null;
}
/** The bridge has too much to do. */
export class Overloaded extends CoverBridgeError {}
/** The bridge is shutting down. */
export class ShuttingDown extends CoverBridgeError {}
/** An image could not be fetched. */
export class DownloadFailed extends CoverBridgeError {}
/** The file is there already, and `overwrite` was not asked for. */
export class FileExists extends CoverBridgeError {}
/** Plain http to a host that is not loopback, or an image that is not https. */
export class InsecureEndpoint extends CoverBridgeError {}
/** The server's certificate is not trusted: of an unknown authority, for another name, or expired. */
export class BadSignature extends CoverBridgeError {}
export class UntrustedServer extends CoverBridgeError {}

// What JSON-RPC itself says.

export class ParseError extends CoverBridgeError {}
export class InvalidRequest extends CoverBridgeError {}
export class DuplicateId extends CoverBridgeError {}
export class MessageTooLarge extends CoverBridgeError {}
export class MethodNotFound extends CoverBridgeError {}
/** A parameter is missing or wrong: `parameter` names it. */
export class InvalidParams extends CoverBridgeError {}
export class InternalError extends CoverBridgeError {}
export class Cancelled extends CoverBridgeError {}

// What this package says without the bridge.

/** There is no `cover-bridge` to start; the message names every place looked at. */
export class BridgeNotFound extends CoverBridgeError {}
/** The bridge was closed on this side, or is not started. */
export class BridgeClosed extends CoverBridgeError {}
/** The bridge itself did not answer in time; the call was cancelled. */
export class CallTimeout extends CoverBridgeError {}
/** The bridge answered in a shape that this version does not understand. */
export class ProtocolError extends CoverBridgeError {}

/** The bridge's process ended by itself. */
export class BridgeDied extends CoverBridgeError {
  /** `null` if a signal ended it. */
  readonly exitCode: number | null;
  /** Such as `SIGKILL`; `null` if it exited. */
  readonly signal: string | null;
  /** The end of what it said on stderr. */
  readonly stderrTail: string;
}
