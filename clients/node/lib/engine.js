'use strict';

const { version } = require('../package.json');
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

/** Connects the parts of the client: a session, the bridge's process, its restarts and its end. */
class Engine {
  info = null;
  keepAlive = new KeepAlive();
  #launch;
  #process = null;
  #life;
  #closing = new AbortController();

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
    this.#life ??= this.#live();
  }

  /** Ends all watches, shuts the bridge down and resolves when nothing is left of it. */
  async close() {
    this.keepAlive.ref(this);
    this.#closing.abort();
    this.session.end(() => new BridgeClosed('this bridge is closed'), this.#process?.send);
    this.#process?.send(FAREWELL);
    await this.#process?.stop();
    this.keepAlive.unref(this);
  }

  /** Runs one process of the bridge after another, until a dead process is not restarted. */
  async #live() {
    const policy = new RestartPolicy();
    const { signal } = this.#closing;
    try {
      while (!signal.aborted) {
        const launch = this.#launch();
        const bridge = new BridgeProcess(launch, (line) => this.session.receive(line), () => this.info !== null);
        this.#process = bridge;
        bridge.ended.then((failure) => this.session.disconnect(failure));
        const since = await this.#greet(bridge, launch.apiKey);
        const failure = await bridge.ended;
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
      const known = error instanceof CoverBridgeError;
      this.session.end(() => (known ? error : new BridgeNotFound(`cannot start the bridge: ${error.message}`)));
    }
  }

  /** Sends `initialize`, and catches up after a death. Returns when the bridge was ready; null if it never was. */
  async #greet(bridge, apiKey) {
    const params = { clientInfo: { name: 'cover-bridge-node', version }, processId: process.pid, apiKey };
    const options = { send: bridge.send, timeout: HANDSHAKE_TIMEOUT };
    const accept = (result) => this.#initialized(decode('Initialization', result));
    let since = null;
    try {
      const missedAfter = await this.session.ask('initialize', params, { ...options, accept });
      since = performance.now();
      await recover(this.session, missedAfter, options);
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

  /** Handles the answer to `initialize`. Returns the sequence number after which to replay the journal, or null. */
  #initialized(info) {
    if (info.protocolVersion !== PROTOCOL_VERSION) {
      throw new ProtocolError(
        `the bridge speaks version ${info.protocolVersion} of the protocol, this package version ${PROTOCOL_VERSION}`,
      );
    }
    this.info = info;
    this.session.maxMessageBytes = info.limits.maxMessageBytes ?? Infinity;
    return this.session.subscriptions.begin(info.journal);
  }
}

module.exports = { Engine };
