'use strict';

const FOR_EVER = 2 ** 31 - 1;

/**
 * Keeps the event loop running while a caller waits for the bridge. The process and its pipes do not keep it running,
 * so a bridge without waiting callers does not delay Node's exit.
 */
class KeepAlive {
  #holders = new Set();
  #timer;

  /** Keeps the event loop running until `unref` gets the same holder. */
  ref(holder) {
    this.#holders.add(holder);
    this.#timer ??= setInterval(() => {}, FOR_EVER);
  }

  unref(holder) {
    if (this.#holders.delete(holder) && this.#holders.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}

module.exports = { KeepAlive };
