'use strict';

const FOR_EVER = 2 ** 31 - 1;

/**
 * Keeps the event loop running while a caller waits for the bridge. The process and its pipes do not keep it running,
 * so a bridge without waiting callers does not delay Node's exit.
 */
class KeepAlive {
  #holders = 0;
  #timer;

  hold() {
    this.#holders += 1;
    this.#timer ??= setInterval(() => {}, FOR_EVER);
  }

  release() {
    this.#holders -= 1;
    if (this.#holders === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}

module.exports = { KeepAlive };
