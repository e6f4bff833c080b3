'use strict';

const LINE_FEED = 0x0a;

/**
 * Splits chunks of bytes at line feeds only. `readline` is not used, because it would also split at U+2028. The bytes
 * are not decoded chunk by chunk, because a chunk may end inside a character.
 */
class LineSplitter {
  #parts = [];

  /** The lines that `chunk` completes. */
  *feed(chunk) {
    let start = 0;
    for (let end; (end = chunk.indexOf(LINE_FEED, start)) !== -1; start = end + 1) {
      this.#parts.push(chunk.subarray(start, end));
      yield this.rest();
    }
    this.#parts.push(chunk.subarray(start));
  }

  /** The bytes after the last line feed. */
  rest() {
    const line = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#parts = [];
    return line;
  }
}

module.exports = { LineSplitter };
