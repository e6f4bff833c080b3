'use strict';

const { BridgeDied, BridgeNotFound } = require('./errors.js');
const { LineSplitter } = require('./lines.js');
const { isMainThread, spawn } = require('#node');

const GRACE = 2000;
const STDERR_TAIL = 8192;
// As long as this, it is a key and no word.
const SHORTEST_KEY = 8;

// What is left when Node exits is ended then; if Node is killed, the bridge sees its parent die.
const running = new Set();

function endAll() {
  for (const bridge of running) {
    bridge.kill();
  }
}

/** A worker that has nothing more to do waits for its bridges: without it nothing in this process reaps them. */
function endAllAndWait() {
  for (const bridge of running) {
    bridge.kill();
    bridge.awaitEnd();
  }
}

/** One process of the bridge: its pipes and its end. Does not keep the event loop going. */
class BridgeProcess {
  #child;
  #stderrTail = Buffer.alloc(0);
  #onExit;
  #resolveEnded;
  #ending;

  /** `onExit` is called once, with a function that makes the error to say so. */
  constructor({ argv: [file, ...args], apiKey, cwd, env }, { onLine, onExit }) {
    this.#onExit = onExit;
    this.exited = false;
    /** Resolves to that function when nothing is left of the process. */
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    // A session of its own: a Ctrl-C reaches only us, and we end the bridge in order.
    this.#child = spawn(file, args, { cwd, env, detached: true, windowsHide: true });
    this.#child.on('error', (error) => {
      if (this.pid === undefined) {
        this.#finish(() => new BridgeNotFound(`cannot start ${file}: ${error.code ?? error.message}`));
      }
    });
    if (this.#child.stdout === undefined) {
      throw new BridgeNotFound(`cannot start ${file}: too many open files`);
    }
    this.#register();
    this.#read(onLine);
    this.#child.once('exit', () => this.#forget());
    this.#child.once('close', (exitCode, signal) => {
      const stderrTail = without(this.#stderrTail.toString(), [apiKey, env.KIE_API_KEY]);
      this.#finish(() => new BridgeDied({ exitCode, signal, stderrTail }));
    });
    this.send = this.send.bind(this);
  }

  get pid() {
    return this.#child.pid;
  }

  send(frame) {
    if (this.#child.stdin.writable) {
      this.#child.stdin.write(frame);
    }
  }

  /** Hangs up, and insists when that is not heard; resolves when nothing is left. */
  async stop() {
    this.#child.stdin.end();
    this.#insist(['SIGTERM', 'SIGKILL']);
    await this.ended;
  }

  kill() {
    this.#child.kill();
  }

  /** Keeps the event loop going until the end, and insists on it. */
  awaitEnd() {
    this.#child.ref();
    this.stop();
  }

  #register() {
    if (running.size === 0) {
      process.on('exit', endAll);
      if (!isMainThread) {
        process.on('beforeExit', endAllAndWait);
      }
    }
    running.add(this);
    if (this.pid !== undefined) {
      // In Deno one that did not start has none.
      this.#child.unref();
    }
    for (const pipe of this.#child.stdio) {
      // Bun's have no `unref`, and keep no event loop going.
      pipe?.unref?.();
      // A broken pipe is a death, and `close` knows more about that.
      pipe?.on('error', () => {});
    }
  }

  #forget() {
    running.delete(this);
    if (running.size === 0) {
      process.off('exit', endAll);
      process.off('beforeExit', endAllAndWait);
    }
    // Something that the bridge left behind may hold its pipes open.
    clearTimeout(this.#ending);
    this.#ending = setTimeout(() => this.#child.stdio.forEach((pipe) => pipe?.destroy()), GRACE).unref();
  }

  #read(onLine) {
    const { stdout, stderr } = this.#child;
    const lines = new LineSplitter();
    stdout.on('data', (chunk) => {
      for (const line of lines.feed(chunk)) {
        onLine(line);
      }
    });
    // A bridge that says nothing more is of no use.
    stdout.on('end', () => {
      onLine(lines.rest());
      this.stop();
    });
    stderr.on('data', (chunk) => {
      this.#stderrTail = Buffer.concat([this.#stderrTail, chunk]).subarray(-STDERR_TAIL);
    });
  }

  #insist([signal, ...stronger]) {
    if (this.#ending === undefined && signal !== undefined) {
      this.#ending = setTimeout(() => {
        this.#child.kill(signal);
        this.#ending = undefined;
        this.#insist(stronger);
      }, GRACE).unref();
    }
  }

  #finish(failure) {
    if (!this.exited) {
      this.exited = true;
      this.#forget();
      clearTimeout(this.#ending);
      this.#onExit(failure);
      this.#resolveEnded(failure);
    }
  }
}

/** A wrapper around the bridge may have written the key. */
function without(text, keys) {
  return keys.reduce((rest, key) => (key?.length >= SHORTEST_KEY ? rest.replaceAll(key, '***') : rest), text);
}

module.exports = { BridgeProcess };
