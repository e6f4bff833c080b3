'use strict';

// Restarts a bridge that died. This file decides how long the client waits, and how it catches up.

const { decode } = require('./decode.js');

const FIRST_DELAY = 100;
const LONGEST_DELAY = 30_000;
const STEADY_AFTER = 60_000;
const VAIN_STARTS = 3;
const PAGE = 1000;

/** Decides whether and when a bridge that died is restarted (clients/conformance). All times are in milliseconds. */
class RestartPolicy {
  #delay = 0;
  // The number of starts in a row without an answer. It begins at its limit, because the client does not repeat the
  // very first start.
  #vainStarts = VAIN_STARTS;

  /**
   * The pause before the next start; null for no further start. `lived` is the time from the bridge's answer to
   * `initialize` until its death; null if it did not answer.
   */
  pause(lived) {
    this.#vainStarts = lived === null ? this.#vainStarts + 1 : 0;
    if (this.#vainStarts >= VAIN_STARTS) {
      return null;
    }
    const afresh = this.#delay === 0 || (lived !== null && lived >= STEADY_AFTER);
    this.#delay = afresh ? FIRST_DELAY : Math.min(this.#delay * 2, LONGEST_DELAY);
    return this.#delay;
  }
}

/** Replays the changes in the journal after that number, then requests the watches again. */
async function recover(session, after, options) {
  const { subscriptions } = session;
  while (after !== null && subscriptions.taskIds.length > 0) {
    const accept = (result) => decode('Changes', result);
    const page = await session.ask('cover/changes', { after, limit: PAGE }, { ...options, accept });
    page.changes.forEach((event) => subscriptions.deliver(event));
    after = page.more ? page.changes.at(-1)?.sequence ?? null : null;
  }
  subscriptions.release();
  for (const subscription of subscriptions.answered(subscriptions.taskIds)) {
    if (subscription.open.size === 0) {
      // The watch has ended during this call.
      continue;
    }
    try {
      await session.ask('cover/watch', subscription.parameters({ again: true }), options);
    } catch (error) {
      if (error.code === null || error.kind === 'shuttingDown') {
        throw error;
      }
      session.drop(subscription, error);
    }
  }
}

module.exports = { FIRST_DELAY, RestartPolicy, recover };
