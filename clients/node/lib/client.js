'use strict';

const { ChangeStream } = require('./change-stream.js');
const { launcher } = require('./command.js');
const { decode } = require('./decode.js');
const { Engine } = require('./engine.js');
const { BridgeClosed } = require('./errors.js');
const { follow } = require('./follow.js');
const { absolute, finite, idList } = require('./parameters.js');
const webhook = require('./webhook.js');
const { AsyncResource } = require('#node');

/** A running `cover-bridge`. `index.d.ts` describes its options and methods. */
class CoverBridge {
  #engine;
  #timeout;

  constructor(options = {}) {
    const { onHealth, timeout, ...given } = present(options);
    this.#timeout = timeout ?? 75;
    this.#engine = new Engine(launcher(given), bound(onHealth));
  }

  // These values come from the bridge's answer to `initialize`.

  get pid() {
    return this.#engine.pid;
  }

  static {
    for (const name of ['serverInfo', 'protocolVersion', 'journal', 'endpoint', 'sandbox', 'capabilities', 'limits']) {
      Object.defineProperty(this.prototype, name, { get() { return this.#info[name]; }, configurable: true });
    }
  }

  async start() {
    await this.ping();
    return this;
  }

  async close() {
    await this.#engine.close();
  }

  // Node has this symbol since 18.18.
  async [Symbol.asyncDispose ?? 'asyncDispose']() {
    await this.close();
  }

  // Tasks.

  async status(taskId, { maxAge, includeRecord, signal } = {}) {
    return this.#call('cover/status', { taskId, maxAge, includeRecord }, { read: shape('CoverStatus'), signal });
  }

  async wait(taskId, { timeout, signal } = {}) {
    const seconds = finite(timeout);
    const patience = seconds === undefined ? Infinity : seconds + this.#timeout;
    const how = { read: shape('CoverStatus'), signal, timeout: patience };
    return this.#call('cover/wait', { taskId, timeout: seconds }, how);
  }

  watch(taskIds, { interval, timeout, signal } = {}) {
    this.#engine.start();
    return new ChangeStream(this.#engine, idList(taskIds), {
      interval,
      timeout: finite(timeout),
      signal,
      patience: this.#timeout,
    });
  }

  async follow(taskIds, { progress, ...options } = {}) {
    const ids = idList(taskIds);
    return follow(ids, this.watch(ids, options), progress);
  }

  async unwatch(taskIds, { signal } = {}) {
    const ids = idList(taskIds);
    // The answer ends only iterators that exist now, because the bridge keeps a watch from a later request.
    const ending = this.#engine.session.subscriptions.of(ids);
    const read = ({ unwatched }) => {
      ending.forEach((subscription) => subscription.close(ids));
      return unwatched;
    };
    return this.#call('cover/unwatch', { taskIds: ids }, { read, signal });
  }

  async watches({ after, limit, signal } = {}) {
    const read = ({ watches }) => watches.map(shape('Watch'));
    return this.#call('cover/watches', { after, limit }, { read, signal });
  }

  async changes({ after = 0, limit = 100, signal } = {}) {
    return this.#call('cover/changes', { after, limit }, { read: shape('Changes'), signal });
  }

  async sync({ signal } = {}) {
    return this.#call('cover/sync', {}, { read: ({ lastSequence }) => lastSequence, signal });
  }

  async download(taskId, directory, { overwrite, progress, signal } = {}) {
    const params = { taskId, directory: absolute(directory), overwrite };
    const read = ({ files }) => files.map(shape('DownloadedFile'));
    return this.#call('cover/download', params, { read, progress, signal, timeout: Infinity });
  }

  // The account, and the bridge itself.

  async generate(taskId, { callbackUrl, signal } = {}) {
    return this.#call('cover/generate', { taskId, callbackUrl }, { read: shape('Generation'), signal });
  }

  async callback(body, { headers = {}, signal } = {}) {
    return this.#call('cover/callback', webhook.parameters(body, headers), { read: shape('Callback'), signal });
  }

  async credits({ signal } = {}) {
    return this.#call('account/credits', {}, { read: ({ credits }) => credits, signal });
  }

  async stats({ signal } = {}) {
    return this.#call('bridge/stats', {}, { read: shape('Stats'), signal });
  }

  async ping({ signal } = {}) {
    await this.#call('ping', {}, { signal });
  }

  get #info() {
    if (this.#engine.info === null) {
      throw new BridgeClosed('this bridge is not started');
    }
    return this.#engine.info;
  }

  async #call(method, params, { read, progress, signal, timeout = this.#timeout }) {
    signal?.throwIfAborted();
    this.#engine.start();
    return this.#engine.session.ask(method, params, { accept: read, progress: bound(progress), signal, timeout });
  }
}

function shape(name) {
  return (value) => decode(name, value);
}

/** A callback that runs in the current asynchronous context, which `AsyncLocalStorage` needs. */
function bound(callback) {
  return callback && AsyncResource.bind(callback);
}

/** The options without those that are null. */
function present(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => (value ?? undefined) !== undefined));
}

module.exports = { CoverBridge };
