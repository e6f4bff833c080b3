'use strict';

const { onAbort } = require('./abort.js');
const { decodeError } = require('./decode.js');
const { CallTimeout, CoverBridgeError, ProtocolError } = require('./errors.js');

// The longest delay of `setTimeout`; longer delays overflow.
const LONGEST = 2 ** 31 - 1;

/** A request and the caller that waits for its answer. */
class Call {
  /** Whether any bridge got the request, even a bridge that has died since. */
  sent = false;

  /** `subscription` is that of `cover/watch`. Only this call is repeated after a death. */
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

  /** Whether a bridge refused this watch because it shuts down. The call then stays open for the next bridge. */
  isLeftToTheNext({ error }) {
    return this.subscription !== undefined && error?.data?.kind === 'shuttingDown';
  }

  /** Handles a response. `accept` gets the result before the client handles any later message. */
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
    // The bridge does not have this watch, so the client need not unwatch.
    this.subscription?.open.clear();
    this.reject(error);
  }
}

/** The open calls by their ids. Node's event loop runs while there is an open call. */
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

/** The result of the call. If `signal` aborts or `timeout` seconds pass, the call ends before that. */
async function bounded(session, call, { signal, timeout = Infinity }) {
  const expire = () =>
    session.cancel(call, new CallTimeout(`the bridge did not answer ${call.method} within ${timeout} s`));
  const release = onAbort(signal, (reason) => session.cancel(call, reason));
  const timer = timeout === Infinity ? undefined : setTimeout(expire, Math.min(timeout * 1000, LONGEST));
  try {
    return await call.promise;
  } catch (error) {
    if (error instanceof CoverBridgeError) {
      // The caller's stack is more useful than the stack of the code that read the answer.
      Error.captureStackTrace(error);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    release();
  }
}

module.exports = { Call, Calls, bounded };
