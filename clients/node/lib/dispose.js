'use strict';

/** Lets `await using` end what has a method of this name, where the runtime knows of it (18.18). */
function disposable(type, method) {
  if (Symbol.asyncDispose !== undefined) {
    Object.defineProperty(type.prototype, Symbol.asyncDispose, {
      async value() {
        await this[method]();
      },
      configurable: true,
      writable: true,
    });
  }
}

module.exports = { disposable };
