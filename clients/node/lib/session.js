'use strict';

const { Call, bounded } = require('./calls.js');
const { decode, decodeError } = require('./decode.js');
const { MessageTooLarge, ProtocolError } = require('./errors.js');
const { Subscriptions } = require('./subscriptions.js');
const wire = require('./wire.js');
const { debuglog } = require('#node');

// The most tasks in one request.
const MOST_TASKS = 1000;
// No caller waits for an unwatch at the end of a loop. It keeps Node running for at most this number of milliseconds.
const UNWATCH_PATIENCE = 10_000;

const debug = debuglog('cover-bridge');

/**
 * The session with the bridge, which outlives each process of the bridge. While no bridge is connected, requests wait
 * in the session. `receive` gets the messages of the bridge in order.
 */
class Session {
  /** The largest message in bytes. It is known once the bridge has answered `initialize`. */
  maxMessageBytes = Infinity;
  subscriptions = new Subscriptions();
  // The open calls by their ids. Node's event loop runs while there is an open call.
  #calls = new Map();
  #lastId = 0;
  #keepAlive;
  #failure = null;
  #send = null;
  #handlers;

  constructor(keepAlive, onHealth) {
    this.#keepAlive = keepAlive;
    this.#handlers = {
      'cover/statusChanged': (params) => this.#happened('StatusChange', params),
      'cover/watchEnded': (params) => this.#happened('WatchEnded', params),
      'bridge/healthChanged': (params) => {
        const health = decode('Health', params);
        // An error in the callback must not affect the lines that follow, so the callback runs later.
        queueMicrotask(() => onHealth?.(health));
      },
      '$/progress': ({ token, value }) => this.#progressed(this.#calls.get(token), value),
    };
  }

  // Messages of the client.

  /** Sends a request. With `send`, the request does not wait for others. The other options are those of `Call`. */
  submit(method, params, { send = this.#send, ...options } = {}) {
    if (this.#failure !== null) {
      throw this.#failure();
    }
    this.#lastId += 1;
    const id = this.#lastId;
    const given = options.progress === undefined ? params : { ...params, progressToken: id };
    const call = new Call(id, method, wire.request(id, method, given), options);
    this.#calls.set(id, call);
    this.#keepAlive.ref(call);
    this.#transmit(call, send);
    return call;
  }

  /** Sends a request, and resolves to its result. The call is cancelled when `signal` aborts or `timeout` passes. */
  async ask(method, params, { signal, timeout, ...options }) {
    const call = this.submit(method, params, options);
    return bounded(call, { signal, timeout }, (reason) => this.cancel(call, reason));
  }

  /** Begins a watch. It fails if the bridge does not answer within `patience` seconds. */
  watch(subscription, patience) {
    const accept = (result) => {
      try {
        subscription.answer(result.watches, this.subscriptions.lastSequence);
      } catch (error) {
        // The bridge has the watch, so it must be unwatched.
        this.drop(subscription, new ProtocolError(`cover/watch was answered in an unknown shape: ${error.message}`));
      }
    };
    const call = this.submit('cover/watch', subscription.parameters(), { accept, subscription });
    subscription.call = call;
    this.subscriptions.add(subscription);
    bounded(call, { timeout: patience }, (error) => this.drop(subscription, error)).catch(() => {});
  }

  /** Fails an open call with `reason`. Cancels the call in the bridge. */
  cancel(call, reason) {
    if (this.#calls.has(call.id)) {
      if (call.sent) {
        this.#send?.(wire.notification('$/cancelRequest', { id: call.id }));
      }
      this.#fail(call, reason);
    }
  }

  /** Ends a watch, with an error if there is one. Unwatches the tasks that no other subscription watches. */
  drop(subscription, error) {
    const { call, taskIds } = subscription;
    this.cancel(call, error);
    subscription.fail(error);
    if (call.sent) {
      this.#unwatch(taskIds);
    }
  }

  /**
   * Unwatches all tasks, also in a bridge that is not connected yet. Fails all open and later calls. A second call has
   * no effect.
   */
  end(failure, send = this.#send) {
    if (this.#failure === null) {
      const left = [...this.#calls.values()].filter(({ sent }) => !sent).flatMap((call) => call.left);
      const taskIds = [...this.subscriptions.taskIds, ...left];
      for (let first = 0; first < taskIds.length; first += MOST_TASKS) {
        const some = taskIds.slice(first, first + MOST_TASKS);
        send?.(wire.request(`unwatch ${first}`, 'cover/unwatch', { taskIds: some }));
      }
      this.#failure = failure;
      this.#calls.forEach((call) => this.#fail(call, failure()));
      this.subscriptions.fail(failure);
    }
  }

  // Changes of the bridge's process.

  /**
   * Handles the death of a bridge: fails the sent calls, and keeps the others for the next bridge. A watch is kept even
   * if it was sent, because it can safely be requested twice. The unwatch of a loop that was left is requested again,
   * because the next bridge may have the watch in its journal.
   */
  disconnect(failure) {
    this.#send = null;
    this.subscriptions.hold();
    const lost = [...this.#calls.values()].filter((call) => call.sent && call.subscription === undefined);
    for (const call of lost) {
      this.#fail(call, failure());
      this.#unwatch(call.left);
    }
  }

  /** Connects a new bridge: sends the requests that waited. */
  connect(send) {
    this.#send = send;
    this.#calls.forEach((call) => this.#transmit(call, send));
  }

  // Messages of the bridge.

  receive(line) {
    try {
      const message = JSON.parse(line.toString());
      if (message.method === undefined) {
        this.#answered(message);
      } else {
        this.#handlers[message.method]?.(message.params ?? {});
      }
    } catch (error) {
      // One bad line must not end the session. The log does not contain its text, which a syntax error would quote.
      const reason = error instanceof SyntaxError ? 'no JSON' : error.message;
      debug('skipped a line of %d bytes from the bridge: %s', line.length, reason);
    }
  }

  #answered(message) {
    const { id, error } = message;
    if (id === null) {
      const refusal = decodeError(error);
      debug('the bridge refused a message (%s): %s', refusal.kind, refusal.message);
      return;
    }
    // If a bridge refuses a watch because it shuts down, the call stays open for the next bridge.
    if (!this.#calls.get(id)?.subscription || error?.data?.kind !== 'shuttingDown') {
      this.#take(id)?.answer(message);
    }
  }

  /** Handles an event. An unreadable event may be the last event of its task, so the watches of the task end. */
  #happened(shape, params) {
    try {
      this.subscriptions.receive(decode(shape, params));
    } catch (error) {
      this.subscriptions.answered([params.taskId]).forEach((each) => this.drop(each, new ProtocolError(error.message)));
      throw error;
    }
  }

  #progressed(call, report) {
    try {
      call?.progress?.(report);
    } catch (error) {
      this.cancel(call, error);
    }
  }

  /** Unwatches those of the tasks that no subscription watches. */
  #unwatch(taskIds) {
    const left = taskIds.filter((taskId) => this.subscriptions.of([taskId]).length === 0);
    if (left.length > 0 && this.#failure === null) {
      const call = this.submit('cover/unwatch', { taskIds: left }, { left });
      const timer = setTimeout(() => this.#keepAlive.unref(call), UNWATCH_PATIENCE).unref();
      call.promise.catch(() => {}).finally(() => clearTimeout(timer));
    }
  }

  /** Sends a call if a bridge is connected. */
  #transmit(call, send) {
    if (send === null) {
      return;
    }
    // The bridge could not name the call of so large a message, so the size is checked here. It excludes the line feed.
    const size = Buffer.byteLength(call.frame) - 1;
    if (size > this.maxMessageBytes) {
      const reason = `${call.method}: ${size} bytes, and the bridge reads ${this.maxMessageBytes}`;
      this.#fail(call, new MessageTooLarge(reason));
    } else {
      call.sent = true;
      send(call.frame);
    }
  }

  /** Removes the open call with this id, and returns it. */
  #take(id) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    this.#keepAlive.unref(call);
    return call;
  }

  #fail(call, error) {
    this.#take(call.id);
    call.fail(error);
  }
}

module.exports = { Session };
