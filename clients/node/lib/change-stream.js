'use strict';

const { onAbort } = require('./abort.js');
const { bounded } = require('./calls.js');
const { disposable } = require('./dispose.js');
const { CallTimeout } = require('./errors.js');
const { Subscription } = require('./subscriptions.js');

// The most seconds that a bridge may take to end a watch after the timeout of the watch.
const GRACE = 10;
// The longest timeout that the bridge accepts for a watch, in seconds.
const LONGEST = 604_800;

/**
 * The events of one watch, in order. The stream ends when each task is final or its watch has ended. A slow reader
 * costs memory. It delays nothing else.
 */
class ChangeStream {
  #session;
  #keepAlive;
  #subscription;
  #call;
  // The events that the reader has not read, in two lists. One list has the newest event at its end, the other the
  // oldest.
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
    // The bridge refuses other timeouts.
    if (timeout > 0 && timeout <= LONGEST) {
      this.#timer = setTimeout(() => this.#expire(timeout), (timeout + GRACE) * 1000);
      // The timer need not keep Node running, because a caller that waits for an event does that.
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

  /** Unwatches the tasks that are still watched. A task that another iterator watches stays watched. */
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

  /** Accepts no further events. The reader can still read the events that are in the queue. */
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

  /** Handles a watch that the bridge has not ended in time. */
  #expire(timeout) {
    const error = new CallTimeout(`the bridge did not end the watch after ${timeout} s`);
    this.#finish(error);
    this.#session.cancel(this.#call, error);
    this.#session.drop(this.#subscription);
  }

  /** Returns the error at the first call only. */
  #end({ resolve, reject }) {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) {
      resolve({ done: true, value: undefined });
    } else {
      reject(error);
    }
  }

  /** Removes all events, because the reader has left. */
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
