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

/** What the client stands on: a session, the process behind it, its restarts and its end. */
class Engine {
  info = null;
  keepAlive = new KeepAlive();
  #launch;
  #process = null;
  #started = false;
  #closing = new AbortController();
  #closed = null;
  /** The sequence number after which there are changes to replay. */
  #missedAfter = null;

  /** `launch` makes the command line, the environment, the folder and the key, or throws. */
  constructor(launch, onHealth) {
    this.#launch = launch;
    this.session = new Session(this.keepAlive, onHealth);
  }

  get pid() {
    return this.#process?.pid ?? null;
  }

  /** Starts the bridge, unless it is started. A failure is passed to the callers. */
  start() {
    if (!this.#started) {
      this.#started = true;
      this.#live();
    }
  }

  /** Unwatches, shuts the bridge down and resolves when nothing is left of it. */
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

  /** One turn for each process of the bridge, until there is to be no other. */
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
      // Nothing could be started, or the pause was cut short by the end.
      this.session.end(() => asBridgeError(error));
    }
  }

  /** Introduces us and makes up for the last death; since when the bridge is ready, or null. */
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
      // If it has died or is about to, that says more.
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

  /** Before anything is looked at that the bridge said after it. */
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
