'use strict';

const { version } = require('../package.json');
const { bounded } = require('./calls.js');
const { decode } = require('./decode.js');
const { BridgeClosed, BridgeNotFound, CoverBridgeError, ProtocolError } = require('./errors.js');
const { KeepAlive } = require('./keep-alive.js');
const { BridgeProcess } = require('./process.js');
const { RestartPolicy, recover } = require('./restart.js');
const { Session } = require('./session.js');
const { FAREWELL } = require('./wire.js');
const { debuglog, delay } = require('#node');

const PROTOCOL_VERSION = 1;
const HANDSHAKE_TIMEOUT = 30;

const debug = debuglog('cover-bridge');
const closed = () => new BridgeClosed('this bridge is closed');

/** Connects the parts of the client: a session, the bridge's process, its restarts and its end. */
class Engine {
  info = null;
  keepAlive = new KeepAlive();
  #launch;
  #process = null;
  #started = false;
  #closing = new AbortController();
  #closed = null;
  /** The sequence number after which the journal is replayed; null for no replay. */
  #missedAfter = null;

  /** `launch` returns the command line, the environment, the working directory and the key. It may throw an error. */
  constructor(launch, onHealth) {
    this.#launch = launch;
    this.session = new Session(this.keepAlive, onHealth);
  }

  get pid() {
    return this.#process?.pid ?? null;
  }

  /** Starts the bridge, unless it has started. A failed start becomes the error of the open calls. */
  start() {
    if (!this.#started) {
      this.#started = true;
      this.#live();
    }
  }

  /** Ends all watches, shuts the bridge down and resolves when nothing is left of it. */
  close() {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close() {
    this.keepAlive.hold();
    try {
      this.#closing.abort();
      this.session.end(closed);
      this.#process?.send(FAREWELL);
      await this.#process?.stop();
    } finally {
      this.keepAlive.release();
    }
  }

  /** Runs one process of the bridge after another, until a dead process is not restarted. */
  async #live() {
    const policy = new RestartPolicy();
    const { signal } = this.#closing;
    try {
      while (!signal.aborted) {
        const launch = this.#launch();
        this.#process = new BridgeProcess(launch, {
          onLine: (line) => this.session.receive(line),
          onExit: (failure) => this.session.hold(failure),
        });
        const since = await this.#greet(this.#process, launch);
        const failure = await this.#process.ended;
        const pause = policy.pause(since === null ? null : performance.now() - since);
        if (!launch.restart || pause === null || signal.aborted) {
          this.session.end(failure);
          return;
        }
        debug('restarting the bridge: %s', failure().message);
        await delay(pause, undefined, { signal, ref: false });
      }
    } catch (error) {
      // The start has failed, or `close` has interrupted the pause.
      this.session.end(() => asBridgeError(error));
    }
  }

  /** Sends `initialize`, and catches up after a death. Returns when the bridge was ready; null if it never was. */
  async #greet(bridge, { apiKey }) {
    let since = null;
    try {
      this.info = await this.#initialize(bridge, apiKey);
      this.session.limit = this.info.limits.maxMessageBytes ?? Infinity;
      since = performance.now();
      await recover(this.session, this.#missedAfter, { send: bridge.send, timeout: HANDSHAKE_TIMEOUT });
      if (!bridge.exited) {
        this.session.connect(bridge.send);
      }
    } catch (error) {
      // If the bridge has died or shuts down, the error from its end gives a better reason.
      if (!bridge.exited && error.kind !== 'shuttingDown') {
        this.session.end(() => error);
        await bridge.stop();
      }
    }
    return since;
  }

  async #initialize(bridge, apiKey) {
    const clientInfo = { name: 'cover-bridge-node', version };
    const call = this.session.submit(
      'initialize',
      { clientInfo, processId: process.pid, apiKey },
      { accept: (result) => this.#begin(decode('Initialization', result)), send: bridge.send },
    );
    return bounded(this.session, call, { timeout: HANDSHAKE_TIMEOUT });
  }

  /** This method runs before the client handles any later message of the bridge. */
  #begin(info) {
    if (info.protocolVersion !== PROTOCOL_VERSION) {
      throw new ProtocolError(
        `the bridge speaks version ${info.protocolVersion} of the protocol, this package version ${PROTOCOL_VERSION}`,
      );
    }
    this.#missedAfter = this.session.begin(info.journal);
    return info;
  }
}

function asBridgeError(error) {
  return error instanceof CoverBridgeError ? error : new BridgeNotFound(`cannot start the bridge: ${error.message}`);
}

module.exports = { Engine };
