'use strict';

const { BridgeDied, BridgeNotFound } = require('./errors.js');
const { LineSplitter } = require('./lines.js');
const { isMainThread, spawn } = require('#node');

const GRACE = 2000;
const STDERR_TAIL = 8192;
// A key in stderr is replaced only if it has at least this length, because a shorter key may be part of a word.
const SHORTEST_KEY = 8;

// The bridges that end when Node exits. If Node is killed instead, each bridge notices the death of its parent.
const running = new Set();

function endAll() {
  for (const bridge of running) {
    bridge.kill();
  }
}

/** Waits for the bridges of a worker that has finished. Otherwise they would stay as zombies in this process. */
function endAllAndWait() {
  for (const bridge of running) {
    bridge.kill();
    bridge.awaitEnd();
  }
}

/** One process of the bridge, with its pipes. The process does not keep the event loop running. */
class BridgeProcess {
  #child;
  #stderrTail = Buffer.alloc(0);
  #onExit;
  #resolveEnded;
  #ending;

  /** `onExit` is called once. Its argument is a function that makes the error for the exit. */
  constructor({ argv: [file, ...args], apiKey, cwd, env }, { onLine, onExit }) {
    this.#onExit = onExit;
    this.exited = false;
    /** Resolves to the argument of `onExit`, when the process and its pipes are gone. */
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    // With `detached`, the bridge has its own session. So Ctrl-C reaches only Node, which then ends the bridge
    // properly.
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

  /** Closes stdin. If the bridge does not end, sends stronger signals. Resolves when the process is gone. */
  async stop() {
    this.#child.stdin.end();
    this.#insist(['SIGTERM', 'SIGKILL']);
    await this.ended;
  }

  kill() {
    this.#child.kill();
  }

  /** Stops the bridge, and keeps the event loop running until it has ended. */
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
      // In Deno, a child process that did not start has no method `unref`.
      this.#child.unref();
    }
    for (const pipe of this.#child.stdio) {
      // In Bun, pipes have no `unref` and do not keep the event loop running.
      pipe?.unref?.();
      // An error of a pipe means that the bridge died. The `close` event has the details.
      pipe?.on('error', () => {});
    }
  }

  #forget() {
    running.delete(this);
    if (running.size === 0) {
      process.off('exit', endAll);
      process.off('beforeExit', endAllAndWait);
    }
    // A process that the bridge started may keep the pipes open.
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
    // A bridge without output is useless, so it is ended.
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

/** Replaces the keys, because a wrapper around the bridge may have written them. */
function without(text, keys) {
  return keys.reduce((rest, key) => (key?.length >= SHORTEST_KEY ? rest.replaceAll(key, '***') : rest), text);
}

module.exports = { BridgeProcess };
