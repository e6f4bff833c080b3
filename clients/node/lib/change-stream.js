'use strict';

const { onAbort } = require('./abort.js');
const { bounded } = require('./calls.js');
const { disposable } = require('./dispose.js');
const { CallTimeout } = require('./errors.js');
const { Subscription } = require('./subscriptions.js');

// How long after its timeout the bridge may end a watch, in seconds.
const GRACE = 10;
// The longest timeout of a watch, in seconds.
const LONGEST = 604_800;

/**
 * The events of one watch, in order. It ends when every task is final or its watch has ended. A slow
 * reader costs memory, but delays nothing else.
 */
class ChangeStream {
  #session;
  #keepAlive;
  #subscription;
  #call;
  // The events that wait to be read: one list has the newest last, the other the oldest last.
  #incoming = [];
  #outgoing = [];
  #readers = [];
  #over = false;
  #error;
  #stopListening = () => {};
  #timer;

  constructor({ session, keepAlive }, taskIds, { interval, signal, timeout, patience }) {
    this.#session = session;
    this.#keepAlive = keepAlive;
    this.#subscription = new Subscription(taskIds, { interval, timeout }, {
      deliver: (event) => this.#deliver(event),
      finish: (error) => this.#finish(error),
    });
    try {
      signal?.throwIfAborted();
      this.#call = session.watch(this.#subscription);
    } catch (error) {
      this.#finish(error);
      return;
    }
    // The bridge itself refuses other timeouts.
    if (timeout > 0 && timeout <= LONGEST) {
      this.#timer = setTimeout(() => this.#expire(timeout), (timeout + GRACE) * 1000);
      // A caller that waits for an event keeps the process alive by itself.
      this.#timer.unref?.();
    }
    this.#stopListening = onAbort(signal, (reason) => this.#leave(reason));
    bounded(session, this.#call, { timeout: patience }).catch((error) => {
      if (!this.#over) {
        this.#leave(error);
      }
    });
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    if (this.#outgoing.length === 0) {
      this.#outgoing = this.#incoming.reverse();
      this.#incoming = [];
    }
    if (this.#outgoing.length > 0) {
      return Promise.resolve({ done: false, value: this.#outgoing.pop() });
    }
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      if (this.#over) {
        this.#end(reader);
      } else {
        this.#keepAlive.hold();
        this.#readers.push(reader);
      }
    });
  }

  /** Unwatches the tasks that are still watched, unless another iterator watches them too. */
  return(value) {
    this.#leave();
    return Promise.resolve({ done: true, value });
  }

  #deliver(event) {
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#incoming.push(event);
    } else {
      this.#keepAlive.release();
      reader.resolve({ done: false, value: event });
    }
  }

  /** Accepts no more events; those that wait can still be read. */
  #finish(error) {
    if (this.#over) {
      return;
    }
    this.#over = true;
    this.#error = error;
    clearTimeout(this.#timer);
    this.#stopListening();
    for (const reader of this.#readers.splice(0)) {
      this.#keepAlive.release();
      this.#end(reader);
    }
  }

  /** The bridge has not ended the watch in time. */
  #expire(timeout) {
    const error = new CallTimeout(`the bridge did not end the watch after ${timeout} s`);
    this.#finish(error);
    this.#session.cancel(this.#call, error);
    this.#session.drop(this.#subscription);
  }

  /** Returns the error once. */
  #end({ resolve, reject }) {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) {
      resolve({ done: true, value: undefined });
    } else {
      reject(error);
    }
  }

  /** Drops everything: the reader has left. */
  #leave(reason) {
    this.#incoming = [];
    this.#outgoing = [];
    if (this.#over) {
      this.#error = undefined;
      return;
    }
    this.#finish(reason);
    this.#session.cancel(this.#call, reason);
    this.#session.drop(this.#subscription);
  }
}

disposable(ChangeStream, 'return');

module.exports = { ChangeStream };
