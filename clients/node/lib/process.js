'use strict';

const { startFailure } = require('./command.js');
const { BridgeDied, BridgeNotFound } = require('./errors.js');
const { LineSplitter } = require('./lines.js');
const { escape, isMainThread, spawn, unescape } = require('#node');

const GRACE = 2000;
const STDERR_TAIL = 8192;
// A key in stderr is replaced only if it has at least this length, because a shorter key may be part of a word.
const SHORTEST_KEY = 8;

// The bridges that end with Node, or with their worker. If Node is killed instead, each bridge notices the death of its
// parent. A worker that has finished waits for its bridges. Otherwise they would stay as zombies in this process.
const running = new Set();
const ENDS = isMainThread ? ['exit'] : ['exit', 'beforeExit'];
const endAll = () => running.forEach((bridge) => bridge.abandon());

/** One process of the bridge, with its pipes. The process does not keep the event loop running. */
class BridgeProcess {
  /** Whether the process and its pipes are gone. */
  exited = false;
  #child;
  #stderrTail = Buffer.alloc(0);

  /** `isKnown` says whether this process, or one before it, has answered `initialize`. */
  constructor({ argv: [file, ...args], apiKey, cwd, env }, onLine, isKnown) {
    // With `detached`, the bridge has its own session. So Ctrl-C reaches only Node, which then ends the bridge
    // properly.
    this.#child = spawn(file, args, { cwd, env, detached: true, windowsHide: true });
    /** Resolves when the process and its pipes are gone, to a function that makes the error for that. */
    this.ended = new Promise((resolve) => {
      const end = (failure) => {
        this.exited = true;
        this.#forget();
        resolve(failure);
      };
      this.#child.on('error', (error) => {
        if (this.pid === undefined) {
          end(() => new BridgeNotFound(startFailure(file, error)));
        }
      });
      this.#child.once('close', (exitCode, signal) => {
        const stderrTail = without(this.#stderrTail.toString(), { ...env, apiKey });
        end(() => new BridgeDied({ exitCode, signal, stderrTail, stranger: isKnown() ? undefined : file }));
      });
    });
    if (this.#child.stdout === undefined) {
      throw new BridgeNotFound(`cannot start ${file}: too many open files`);
    }
    this.#child.once('exit', () => this.#forget());
    this.#register();
    this.#read(onLine);
  }

  get pid() {
    return this.#child.pid;
  }

  send = (frame) => {
    if (this.#child.stdin.writable) {
      this.#child.stdin.write(frame);
    }
  };

  /** Closes stdin. If the bridge does not end, sends stronger signals. Resolves when the process is gone. */
  async stop() {
    this.#child.stdin.end();
    ['SIGTERM', 'SIGKILL'].forEach((signal, index) => this.#later(index + 1, () => this.#child.kill(signal)));
    await this.ended;
  }

  /** Ends the bridge at once, and keeps the event loop running until it has ended. */
  abandon() {
    this.#child.ref();
    this.#child.kill();
    this.stop();
  }

  /** Calls `act` after some periods of grace, unless the bridge or Node has ended. */
  #later(periods, act) {
    setTimeout(() => this.exited || act(), periods * GRACE).unref();
  }

  #register() {
    // In Deno, a child process that did not start has no methods `ref` and `unref`.
    if (this.pid !== undefined) {
      if (running.size === 0) {
        ENDS.forEach((event) => process.on(event, endAll));
      }
      running.add(this);
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
      ENDS.forEach((event) => process.off(event, endAll));
    }
    // A process that the bridge started may keep the pipes open.
    this.#later(1, () => this.#child.stdio.forEach((pipe) => pipe?.destroy()));
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
    stdout.on('end', () => this.stop());
    stderr.on('data', (chunk) => {
      this.#stderrTail = Buffer.concat([this.#stderrTail, chunk]).subarray(-STDERR_TAIL);
    });
  }
}

/** Replaces the keys and the passwords of logins, because a wrapper around the bridge may have written them. */
function without(tail, env) {
  const passwords = Object.values(env).map((value) => /:\/\/[^\s:@]*:(.+)@/.exec(value)?.[1]);
  const keys = [env.apiKey, env.KIE_API_KEY, env.KIE_WEBHOOK_KEY, ...passwords].filter(Boolean);
  const known = keys.flatMap(forms).filter((form) => form.length >= SHORTEST_KEY);
  // Of a login, even a short password is hidden: it is not a part of another word.
  const text = tail.replace(/(:\/\/[^\s:@]*):\S*@/g, '$1:***@');
  return known.reduce((rest, form) => rest.replaceAll(form, '***'), text);
}

/** The forms in which programs write a key: as it is, without and with escapes of a URL, in JSON and in Base64. */
function forms(key) {
  const bytes = Buffer.from(key);
  return [key, unescape(key), escape(`${bytes}`), JSON.stringify(key).slice(1, -1), bytes.toString('base64')];
}

module.exports = { BridgeProcess };
