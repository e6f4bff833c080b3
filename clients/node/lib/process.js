'use strict';

const { BridgeDied, BridgeNotFound } = require('./errors.js');
const { LineSplitter } = require('./lines.js');
const { isMainThread, spawn } = require('#node');

const GRACE = 2000;
const STDERR_TAIL = 8192;
// A key in stderr is replaced only if it has this length: a shorter one could be part of a common word.
const SHORTEST_KEY = 8;

// The bridges to end when Node exits. If Node is killed instead, each bridge notices that its parent died.
const running = new Set();

function endAll() {
  for (const bridge of running) {
    bridge.kill();
  }
}

/** Waits for the bridges of a worker that has finished, because nothing else in this process would reap them. */
function endAllAndWait() {
  for (const bridge of running) {
    bridge.kill();
    bridge.awaitEnd();
  }
}

/** One process of the bridge, with its pipes. It does not keep the event loop running. */
class BridgeProcess {
  #child;
  #stderrTail = Buffer.alloc(0);
  #onExit;
  #resolveEnded;
  #ending;

  /** `onExit` is called once, with a function that makes the error which describes the exit. */
  constructor({ argv: [file, ...args], apiKey, cwd, env }, { onLine, onExit }) {
    this.#onExit = onExit;
    this.exited = false;
    /** Resolves to the same function when the process and its pipes are gone. */
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    // `detached` gives the bridge a session of its own: Ctrl-C reaches only Node, which then ends the bridge in order.
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

  /** Closes stdin, then sends stronger signals if the bridge stays. Resolves when nothing is left of the process. */
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
      // In Deno, a child that did not start has no `unref`.
      this.#child.unref();
    }
    for (const pipe of this.#child.stdio) {
      // Bun's pipes have no `unref`; they do not keep the event loop running.
      pipe?.unref?.();
      // A broken pipe means that the bridge died; the `close` event has the details.
      pipe?.on('error', () => {});
    }
  }

  #forget() {
    running.delete(this);
    if (running.size === 0) {
      process.off('exit', endAll);
      process.off('beforeExit', endAllAndWait);
    }
    // A process that the bridge started may still hold the pipes open.
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
    // A bridge that closed its output is useless.
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

/** Replaces the keys: a wrapper around the bridge may have written them. */
function without(text, keys) {
  return keys.reduce((rest, key) => (key?.length >= SHORTEST_KEY ? rest.replaceAll(key, '***') : rest), text);
}

module.exports = { BridgeProcess };
