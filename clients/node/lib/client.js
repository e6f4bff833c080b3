'use strict';

const { ChangeStream } = require('./change-stream.js');
const { OPTIONS, launcher } = require('./command.js');
const { decode } = require('./decode.js');
const { Engine } = require('./engine.js');
const { BridgeClosed } = require('./errors.js');
const { follow } = require('./follow.js');
const { asAbsolutePath, finite, fromHome, idList, optionsOf } = require('./parameters.js');
const webhook = require('./webhook.js');
const { AsyncResource } = require('#node');

/** A running `cover-bridge`. `index.d.ts` describes its options and methods. */
class CoverBridge {
  #engine;
  #timeout;

  constructor(options) {
    const { onHealth, timeout = 75, ...given } = optionsOf('CoverBridge', options, ...OPTIONS, 'onHealth', 'timeout');
    this.#timeout = timeout;
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

  async status(taskId, options) {
    const { signal, ...params } = optionsOf('status', options, 'maxAge', 'includeRecord', 'signal');
    return this.#call('cover/status', { taskId, ...params }, { read: shape('CoverStatus'), signal });
  }

  async wait(taskId, options) {
    const { timeout = Infinity, signal } = optionsOf('wait', options, 'timeout', 'signal');
    const how = { read: shape('CoverStatus'), signal, timeout: timeout + this.#timeout };
    return this.#call('cover/wait', { taskId, timeout: finite(timeout) }, how);
  }

  watch(taskIds, options) {
    const { timeout, ...given } = optionsOf('watch', options, 'interval', 'timeout', 'signal');
    this.#engine.start();
    const how = { ...given, timeout: finite(timeout), patience: this.#timeout };
    return new ChangeStream(this.#engine, idList(taskIds), how);
  }

  async follow(taskIds, options) {
    const { progress, ...how } = optionsOf('follow', options, 'interval', 'timeout', 'signal', 'progress');
    const ids = idList(taskIds);
    return follow(ids, this.watch(ids, how), progress);
  }

  async unwatch(taskIds, options) {
    const ids = idList(taskIds);
    // The answer ends only iterators that exist now, because the bridge keeps a watch from a later request.
    const ending = this.#engine.session.subscriptions.of(ids);
    const read = ({ unwatched }) => {
      ending.forEach((subscription) => subscription.close(ids));
      return unwatched;
    };
    return this.#call('cover/unwatch', { taskIds: ids }, { ...optionsOf('unwatch', options, 'signal'), read });
  }

  async watches(options) {
    const { signal, ...page } = optionsOf('watches', options, 'after', 'limit', 'signal');
    const read = ({ watches }) => watches.map(shape('Watch'));
    return this.#call('cover/watches', page, { read, signal });
  }

  async changes(options) {
    const { signal, ...page } = optionsOf('changes', options, 'after', 'limit', 'signal');
    return this.#call('cover/changes', { after: 0, limit: 100, ...page }, { read: shape('Changes'), signal });
  }

  async sync(options) {
    const how = optionsOf('sync', options, 'signal');
    return this.#call('cover/sync', {}, { ...how, read: ({ lastSequence }) => lastSequence });
  }

  async download(taskId, directory, options) {
    const { overwrite, ...how } = optionsOf('download', options, 'overwrite', 'progress', 'signal');
    // This process may have changed its working directory, and the bridge has not.
    const folder = fromHome('directory', asAbsolutePath('directory', directory), process.env);
    const params = { taskId, directory: folder, overwrite };
    const read = ({ files }) => files.map(shape('DownloadedFile'));
    return this.#call('cover/download', params, { ...how, read, timeout: Infinity });
  }

  // The account, and the bridge itself.

  async generate(taskId, options) {
    const { signal, ...params } = optionsOf('generate', options, 'callbackUrl', 'signal');
    return this.#call('cover/generate', { taskId, ...params }, { read: shape('Generation'), signal });
  }

  async callback(body, options) {
    const { headers = {}, signal } = optionsOf('callback', options, 'headers', 'signal');
    return this.#call('cover/callback', webhook.parameters(body, headers), { read: shape('Callback'), signal });
  }

  async credits(options) {
    const how = optionsOf('credits', options, 'signal');
    return this.#call('account/credits', {}, { ...how, read: ({ credits }) => credits });
  }

  async stats(options) {
    return this.#call('bridge/stats', {}, { ...optionsOf('stats', options, 'signal'), read: shape('Stats') });
  }

  async ping(options) {
    await this.#call('ping', {}, optionsOf('ping', options, 'signal'));
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

module.exports = { CoverBridge };
