'use strict';

// After a death: how long to wait, and how to make up for it.

const { bounded } = require('./calls.js');
const { decode } = require('./decode.js');

const FIRST_DELAY = 100;
const LONGEST_DELAY = 30_000;
const STEADY_AFTER = 60_000;
// In a row, without one that answered; then it is given up.
const STARTS = 3;
const PAGE = 1000;

/** Doubles from death to death, and begins again after a life of a minute. All in milliseconds. */
class Backoff {
  #delay = 0;

  next(lived) {
    const afresh = lived >= STEADY_AFTER || this.#delay === 0;
    this.#delay = afresh ? FIRST_DELAY : Math.min(this.#delay * 2, LONGEST_DELAY);
    return this.#delay;
  }
}

/** Replays what the journal has and this client missed, then watches on. */
async function recover(session, journal, { send, timeout }) {
  const ask = (method, params) => bounded(session, session.submit(method, params, { send }), { timeout });

  let after = session.begin(journal);
  while (after !== null && session.listens) {
    const page = decode('Changes', await ask('cover/changes', { after, limit: PAGE }));
    session.replay(page.changes);
    after = page.more ? page.changes.at(-1)?.sequence ?? null : null;
  }
  for (const subscription of session.established()) {
    if (subscription.open.size === 0) {
      continue;
    }
    try {
      await ask('cover/watch', subscription.parametersAgain);
    } catch (error) {
      if (error.code === null) {
        throw error;
      }
      // The bridge lives and refuses this watch: its reader should know why.
      subscription.fail(error);
      session.drop(subscription);
    }
  }
}

module.exports = { Backoff, FIRST_DELAY, LONGEST_DELAY, STARTS, STEADY_AFTER, recover };
