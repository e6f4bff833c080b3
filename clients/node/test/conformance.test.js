'use strict';

// Plays the cases of `clients/conformance`; its README.md explains the form.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const { CoverBridge } = require('cover-bridge');
const { RestartPolicy } = require('../lib/restart.js');
const { eventually, temporary } = require('./support.js');

const LIST = path.join(__dirname, '../../conformance');
const PATIENCE = 10_000;

const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const cases = fs.readdirSync(path.join(LIST, 'cases')).sort().flatMap((file) => read(path.join(LIST, 'cases', file)));
const { lives: listed } = read(path.join(LIST, 'restarts.json'));

/** The outcome of a promise, in the form of the cases. */
async function outcome(promise, shown) {
  try {
    return shown(await promise);
  } catch (error) {
    return { error: error.name === 'AbortError' ? 'cancelled' : error.kind ?? String(error) };
  }
}

function event({ done, value }) {
  if (done) {
    return { over: true };
  }
  const { taskId: task, status, reason } = value;
  return status ? { task, state: status.state } : { task, reason };
}

class Player {
  #watches = {};
  #calls = {};

  constructor({ restart, environment: env }, folder) {
    this.folder = folder;
    const command = ['python3', path.join(LIST, 'fake_bridge.py'), folder];
    this.bridge = new CoverBridge({ command, restart, env });
  }

  get seen() {
    const file = path.join(this.folder, 'seen.json');
    return fs.existsSync(file) ? read(file) : { starts: 0, heard: {} };
  }

  async start(wanted) {
    assert.deepEqual(await outcome(this.bridge.start(), () => ({})), wanted);
  }

  async watch({ as, count, ids = Array.from({ length: count }, (_, number) => `${number + 1}`), interval, timeout }) {
    this.#watches[as] = this.bridge.watch(ids, { interval, timeout });
  }

  async next({ of, times = 1, ...wanted }) {
    for (let time = 0; time < times; time += 1) {
      assert.deepEqual(await outcome(this.#watches[of].next(), event), wanted);
    }
  }

  async break({ of }) {
    await this.#watches[of].return();
  }

  async call({ as, method, task }) {
    const controller = new AbortController();
    const [, name] = method.split('/');
    const shown = ({ 0: unwatched, state, taskId = unwatched }) => (state === undefined ? { task: taskId } : { state });
    const answer = this.bridge[name](task, { signal: controller.signal });
    this.#calls[as] = { controller, answer, result: outcome(answer, shown) };
  }

  async result({ of, says, ...wanted }) {
    const { answer, result } = this.#calls[of];
    assert.deepEqual(await result, wanted);
    if (says !== undefined) {
      await assert.rejects(answer, ({ message }) => message.includes(says));
    }
  }

  async cancel({ of }) {
    this.#calls[of].controller.abort();
  }

  async open({ gate }) {
    fs.writeFileSync(path.join(this.folder, `gate-${gate}`), '');
  }

  async see({ heard = {}, ...wanted }) {
    await eventually(() => {
      const { seen } = this;
      const fits = ([name, value]) => JSON.stringify(seen[name]) === JSON.stringify(value);
      return (
        Object.entries(heard).every(([method, count]) => (seen.heard[method] ?? 0) === count) &&
        Object.entries(wanted).every(fits)
      );
    });
  }

  async close() {
    await this.bridge.close();
  }
}

describe('conformance', { concurrency: 4 }, () => {
  for (const each of cases) {
    test(each.name, { timeout: PATIENCE * each.steps.length }, async (t) => {
      const folder = temporary(t);
      fs.writeFileSync(path.join(folder, 'case.json'), JSON.stringify(each));
      const player = new Player(each, folder);
      t.after(() => player.close());
      for (const [number, { do: verb, ...members }] of each.steps.entries()) {
        const late = AbortSignal.timeout(PATIENCE);
        const expired = new Promise((_, reject) => late.addEventListener('abort', () => reject(late.reason)));
        try {
          await Promise.race([player[verb](members), expired]);
        } catch (error) {
          const seen = JSON.stringify(player.seen);
          throw new Error(`step ${number}, ${verb} ${JSON.stringify(members)}; ${seen}`, { cause: error });
        }
      }
      assert.deepEqual(player.seen.faults, []);
    });
  }
});

for (const lives of listed) {
  test(`the restart policy: ${JSON.stringify(lives)}`, () => {
    const policy = new RestartPolicy();
    for (const [lived, pause] of lives) {
      const found = policy.pause(lived === null ? null : lived * 1000);
      assert.equal(found === null ? null : found / 1000, pause);
    }
  });
}
