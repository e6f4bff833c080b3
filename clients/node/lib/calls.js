'use strict';

const { onAbort } = require('./abort.js');
const { decodeError } = require('./decode.js');
const { CallTimeout, CoverBridgeError, ProtocolError } = require('./errors.js');

// `setTimeout` overflows with longer delays.
const LONGEST = 2 ** 31 - 1;

/** A request and the caller that waits for its answer. */
class Call {
  /** True once any bridge got the request, even one that has died since. */
  sent = false;

  /** `subscription` belongs to `cover/watch`, the only call that is repeated after a death. */
  constructor(id, method, frame, { accept, progress, subscription }) {
    this.id = id;
    this.method = method;
    this.frame = frame;
    this.progress = progress;
    this.subscription = subscription;
    this.accept = accept;
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Whether a bridge that shuts down refused this watch. The call then stays open for the next bridge. */
  isLeftToTheNext({ error }) {
    return this.subscription !== undefined && error?.data?.kind === 'shuttingDown';
  }

  /** Handles a response. `accept` sees the result before any later message of the bridge is handled. */
  answer(message) {
    try {
      if ('error' in message) {
        throw decodeError(message.error);
      }
      this.resolve(this.accept(message.result));
    } catch (error) {
      const strange = `${this.method} was answered in an unknown shape: ${error.message}`;
      this.fail(error instanceof CoverBridgeError ? error : new ProtocolError(strange));
    }
  }

  fail(error) {
    // The bridge does not have this watch, so nothing is to be unwatched.
    this.subscription?.open.clear();
    this.reject(error);
  }
}

/** The open calls by their ids. The event loop keeps running while there is one. */
class Calls {
  #open = new Map();
  #lastId = 0;
  #keepAlive;

  constructor(keepAlive) {
    this.#keepAlive = keepAlive;
  }

  nextId() {
    this.#lastId += 1;
    return this.#lastId;
  }

  add(call) {
    this.#open.set(call.id, call);
    this.#keepAlive.hold();
  }

  find(id) {
    return this.#open.get(id);
  }

  /** Removes the open call with this id, and returns it. */
  take(id) {
    const call = this.#open.get(id);
    if (this.#open.delete(id)) {
      this.#keepAlive.release();
    }
    return call;
  }

  all() {
    return [...this.#open.values()];
  }

  fail(call, failure) {
    this.take(call.id);
    call.fail(failure());
  }
}

/** The call's result, unless `signal` aborts or `timeout` seconds pass first. */
async function bounded(session, call, { signal, timeout = Infinity }) {
  const expire = () =>
    session.cancel(call, new CallTimeout(`the bridge did not answer ${call.method} within ${timeout} s`));
  const release = onAbort(signal, (reason) => session.cancel(call, reason));
  const timer = timeout === Infinity ? undefined : setTimeout(expire, Math.min(timeout * 1000, LONGEST));
  try {
    return await call.promise;
  } catch (error) {
    if (error instanceof CoverBridgeError) {
      // The stack of the caller is more useful than that of the reader of the answer.
      Error.captureStackTrace(error);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    release();
  }
}

module.exports = { Call, Calls, bounded };
