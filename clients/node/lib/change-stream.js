'use strict';

const { cancelOn } = require('./cancel-on.js');
const { Subscription } = require('./subscriptions.js');

// The most seconds that a bridge may take to end a watch after the timeout of the watch.
const GRACE = 10;

/**
 * The events of one watch, in order. The stream ends when each task is final or its watch has ended. A slow reader
 * costs memory. It delays nothing else.
 */
class ChangeStream {
  #keepAlive;
  #drop;
  // The events that the reader has not read, in two lists. One list has the newest event at its end, the other the
  // oldest.
  #incoming = [];
  #outgoing = [];
  // The calls of `next` that wait for an event.
  #readers = [];
  #over = false;
  #error;
  #disarms;

  constructor({ session, keepAlive }, taskIds, { interval, signal, timeout, patience }) {
    this.#keepAlive = keepAlive;
    const subscription = new Subscription(taskIds, { interval, timeout }, {
      deliver: (event) => this.#deliver(event),
      finish: (error) => this.#finish(error),
    });
    this.#drop = (error) => session.drop(subscription, error);
    const message = `the bridge did not end the watch after ${timeout} s`;
    this.#disarms = [
      cancelOn({ signal }, (reason) => this.#leave(reason)),
      cancelOn({ timeout: (timeout ?? Infinity) + GRACE, message }, this.#drop),
    ];
    try {
      signal?.throwIfAborted();
      session.watch(subscription, patience);
    } catch (error) {
      this.#finish(error);
    }
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
    if (this.#over) {
      return this.#end();
    }
    return new Promise((resolve) => {
      this.#keepAlive.ref(resolve);
      this.#readers.push(resolve);
    });
  }

  /** Unwatches the tasks that are still watched. A task that another iterator watches stays watched. */
  async return(value) {
    this.#leave();
    return { done: true, value };
  }

  // Node has this symbol since 18.18.
  async [Symbol.asyncDispose ?? 'asyncDispose']() {
    await this.return();
  }

  #deliver(event) {
    if (this.#readers.length > 0) {
      const resolve = this.#readers.shift();
      this.#keepAlive.unref(resolve);
      resolve({ done: false, value: event });
    } else {
      this.#incoming.push(event);
    }
  }

  /** Accepts no further events. The reader can still read the events that are in the list. */
  #finish(error) {
    if (!this.#over) {
      this.#over = true;
      this.#error = error;
      this.#disarms.forEach((disarm) => disarm());
      for (const resolve of this.#readers.splice(0)) {
        this.#keepAlive.unref(resolve);
        resolve(this.#end());
      }
    }
  }

  /** The end of the stream. Only its first reader gets the error. */
  async #end() {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) {
      throw error;
    }
    return { done: true, value: undefined };
  }

  /** Removes all events, because the reader has left. */
  #leave(reason) {
    this.#incoming = [];
    this.#outgoing = [];
    this.#error = undefined;
    if (!this.#over) {
      this.#drop(reason);
    }
  }
}

module.exports = { ChangeStream };
