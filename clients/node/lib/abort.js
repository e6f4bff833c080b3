'use strict';

// The callbacks of each signal. The package adds a single listener to a signal, because Node warns of more than ten.
const waiting = new WeakMap();

/** Calls `callback` with the reason when `signal` aborts. Returns a function that prevents the call. */
function onAbort(signal, callback) {
  if (!signal) {
    return () => {};
  }
  const callbacks = waiting.get(signal) ?? listen(signal);
  // Each call needs its own entry in the set, even if two calls pass the same function.
  const entry = () => callback(signal.reason);
  callbacks.add(entry);
  return () => {
    callbacks.delete(entry);
    if (callbacks.size === 0) {
      callbacks.stop();
    }
  };
}

function listen(signal) {
  const callbacks = new Set();
  const abort = () => {
    waiting.delete(signal);
    [...callbacks].forEach((callback) => callback());
  };
  callbacks.stop = () => {
    waiting.delete(signal);
    signal.removeEventListener('abort', abort);
  };
  waiting.set(signal, callbacks);
  signal.addEventListener('abort', abort, { once: true });
  return callbacks;
}

module.exports = { onAbort };
