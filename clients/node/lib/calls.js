'use strict';

const { decodeError } = require('./decode.js');
const { CoverBridgeError, ProtocolError } = require('./errors.js');
const { cancelOn } = require('./cancel-on.js');

/** A request and the caller that waits for its answer. */
class Call {
  /** Whether any bridge got the request, even a bridge that has died since. */
  sent = false;
  #accept;
  #resolve;
  #reject;

  /**
   * `accept` reads the result before the client handles any later message. `subscription` is that of `cover/watch`.
   * `left` has the tasks of a `cover/unwatch` that no caller waits for. Only these two calls are repeated after a
   * death.
   */
  constructor(id, method, frame, { accept = (result) => result, progress, subscription, left = [] }) {
    this.id = id;
    this.method = method;
    this.frame = frame;
    this.progress = progress;
    this.subscription = subscription;
    this.left = left;
    this.#accept = accept;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Handles a response. */
  answer({ error, result }) {
    try {
      if (error !== undefined) {
        throw decodeError(error);
      }
      this.#resolve(this.#accept(result));
    } catch (reason) {
      const strange = `${this.method} was answered in an unknown shape: ${reason.message}`;
      this.fail(reason instanceof CoverBridgeError ? reason : new ProtocolError(strange));
    }
  }

  fail(error) {
    this.subscription?.fail(error);
    this.#reject(error);
  }
}

/** The result of the call. If `signal` aborts or `timeout` seconds pass before, `cancel` gets the reason. */
async function bounded(call, { signal, timeout }, cancel) {
  const message = `the bridge did not answer ${call.method} within ${timeout} s`;
  const disarm = cancelOn({ signal, timeout, message }, cancel);
  try {
    return await call.promise;
  } catch (error) {
    if (error instanceof CoverBridgeError) {
      // The caller's stack is more useful than the stack of the code that read the answer.
      Error.captureStackTrace(error);
    }
    throw error;
  } finally {
    disarm();
  }
}

module.exports = { Call, bounded };
