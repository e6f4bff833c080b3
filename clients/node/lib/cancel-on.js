'use strict';

const { CallTimeout } = require('./errors.js');

// The longest delay of `setTimeout`; longer delays overflow.
const LONGEST = 2 ** 31 - 1;

/** The functions that the abort of one signal calls. They share a listener, because Node warns of more than ten. */
class Listener extends Set {
  handleEvent({ target }) {
    this.forEach((end) => end(target.reason));
  }
}

const listeners = new WeakMap();

/**
 * Calls `end` with the reason when `signal` aborts, or with a `CallTimeout` of this message after `timeout` seconds.
 * Returns a function that prevents the call. Each call needs a function of its own as `end`.
 */
function cancelOn({ signal, timeout = Infinity, message }, end) {
  const delay = timeout * 1000;
  // The timer does not keep Node running, because an open call or a waiting reader does that.
  const timer = delay <= LONGEST ? setTimeout(() => end(new CallTimeout(message)), delay).unref() : undefined;
  const listener = listeners.get(signal) ?? new Listener();
  if (signal) {
    listeners.set(signal, listener.add(end));
    signal.addEventListener('abort', listener);
  }
  return () => {
    clearTimeout(timer);
    if (listener.delete(end) && listener.size === 0) {
      signal.removeEventListener('abort', listener);
    }
  };
}

module.exports = { cancelOn };
