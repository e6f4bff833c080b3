'use strict';

const { onAbort } = require('./abort.js');
const { decodeError } = require('./decode.js');
const { CallTimeout, CoverBridgeError, ProtocolError } = require('./errors.js');

// Longer delays overflow in setTimeout.
const LONGEST = 2 ** 31 - 1;

/** A request and the caller that waits for its answer. */
class Call {
  /** To any bridge, also to one that has died since. */
  sent = false;

  /** `subscription` is of a `cover/watch`, the one call that is made again after a death. */
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

  /** Whether a bridge that stops has refused this watch: the next one is asked for it. */
  isLeftToTheNext({ error }) {
    return this.subscription !== undefined && error?.data?.kind === 'shuttingDown';
  }

  /** Takes a response: `accept` sees the result before anything that the bridge said after it. */
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
    // The bridge does not have it, so there is nothing to unwatch.
    this.subscription?.open.clear();
    this.reject(error);
  }
}

/** Calls by their ids; the event loop goes on while there is one. */
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

  /** The open call of this id, which is open no longer. */
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

/** The call's result, unless `signal` aborts or `timeout` seconds pass before. */
async function bounded(session, call, { signal, timeout = Infinity }) {
  const expire = () =>
    session.cancel(call, new CallTimeout(`the bridge did not answer ${call.method} within ${timeout} s`));
  const release = onAbort(signal, (reason) => session.cancel(call, reason));
  const timer = timeout === Infinity ? undefined : setTimeout(expire, Math.min(timeout * 1000, LONGEST));
  try {
    return await call.promise;
  } catch (error) {
    if (error instanceof CoverBridgeError) {
      // Whose call it was says more than who read the answer.
      Error.captureStackTrace(error);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    release();
  }
}

module.exports = { Call, Calls, bounded };
