'use strict';

/** Makes `await using` call the method of this name, if the runtime supports it (from Node 18.18 on). */
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
