'use strict';

const { decode } = require('./decode.js');

/** One call of `watch`: the tasks that the caller still waits for, each with the last status that was delivered. */
class Subscription {
  /** The call of `cover/watch`. */
  call;
  /** Whether the bridge has answered the call. Events before the answer are for older watches. */
  isAnswered = false;
  /** Called with each task that this subscription no longer waits for. */
  leave = () => {};
  #interval;
  #timeout;
  #deadline;
  #reader;

  /** `reader` has the methods `deliver(event)` and `finish(error?)`. They must neither block nor fail. */
  constructor(taskIds, { interval, timeout }, reader) {
    this.open = new Map(taskIds.map((taskId) => [taskId, null]));
    this.#interval = interval;
    this.#timeout = timeout;
    this.#deadline = timeout === undefined ? undefined : performance.now() + timeout * 1000;
    this.#reader = reader;
  }

  get taskIds() {
    return [...this.open.keys()];
  }

  /** The parameters of `cover/watch`. After a restart (`again`), the timeout still counts from the first request. */
  parameters({ again = false } = {}) {
    const left = Math.max((this.#deadline - performance.now()) / 1000, 0.001);
    const timeout = again && this.#deadline !== undefined ? left : this.#timeout;
    return { taskIds: this.taskIds, interval: this.#interval, timeout };
  }

  /**
   * Handles the bridge's answer. `last` has the result of the changes up to `sequence`. If a status is final, the
   * bridge sends it again.
   */
  answer(watches, sequence) {
    this.isAnswered = true;
    for (const { taskId, last } of watches.filter((each) => each.last && !each.last.final)) {
      this.offer({ sequence, taskId, previous: null, status: decode('CoverStatus', last), final: false });
    }
  }

  /** Delivers an event if it is for this subscription, and if it is new. */
  offer(event) {
    const { taskId, status } = event;
    const last = this.open.get(taskId);
    if (!this.isAnswered || last === undefined) {
      return;
    }
    // If the bridge watches a task again, it first sends the current status, which may be known.
    if (status === undefined || event.final || last === null || contentOf(last) !== contentOf(status)) {
      this.#reader.deliver(event);
    }
    if (status === undefined || event.final) {
      this.close([taskId]);
    } else {
      this.open.set(taskId, status);
    }
  }

  /** Stops waiting for these tasks. */
  close(taskIds, error) {
    taskIds.filter((taskId) => this.open.delete(taskId)).forEach(this.leave);
    if (this.open.size === 0) {
      this.#reader.finish(error);
    }
  }

  fail(error) {
    this.close(this.taskIds, error);
  }
}

function contentOf({ state, images, failure }) {
  return JSON.stringify([state, images, failure]);
}

/** The watches of the bridge, and the last sequence number that the client has handled. The class does no I/O. */
class Subscriptions {
  lastSequence = 0;
  #epoch = '';
  // The subscriptions by task. So the cost of an event does not depend on the number of watches.
  #watching = new Map();
  // Events that wait for the replay of the journal; null if there is no replay.
  #held = null;

  /** The tasks that are watched. */
  get taskIds() {
    return [...this.#watching.keys()];
  }

  /** The subscriptions to these tasks, including those that the bridge has not answered yet. */
  of(taskIds) {
    return [...new Set(taskIds.flatMap((taskId) => [...this.#watching.get(taskId) ?? []]))];
  }

  /** The subscriptions to these tasks that the bridge has answered. */
  answered(taskIds) {
    return this.of(taskIds).filter(({ isAnswered }) => isAnswered);
  }

  add(subscription) {
    for (const taskId of subscription.taskIds) {
      this.#watching.set(taskId, (this.#watching.get(taskId) ?? new Set()).add(subscription));
    }
    subscription.leave = (taskId) => {
      const others = this.#watching.get(taskId);
      others.delete(subscription);
      if (others.size === 0) {
        this.#watching.delete(taskId);
      }
    };
  }

  /**
   * Notes that a new bridge has answered. If the new bridge has the same journal, returns the last sequence number that
   * was handled. The journal is replayed after this number. Otherwise, returns null.
   */
  begin({ epoch, lastSequence }) {
    if (epoch === this.#epoch) {
      return this.lastSequence;
    }
    this.#epoch = epoch;
    this.lastSequence = lastSequence;
    return null;
  }

  /** Keeps the events of the next bridge until `release`. Events that waited before are in the journal. */
  hold() {
    this.#held = [];
  }

  release() {
    const held = this.#held ?? [];
    this.#held = null;
    held.forEach((event) => this.deliver(event));
  }

  /** Handles an event that the bridge has sent. */
  receive(event) {
    if (this.#held === null) {
      this.deliver(event);
    } else {
      this.#held.push(event);
    }
  }

  /** Delivers an event if it is new. A replay and the bridge itself may send the same event. */
  deliver(event) {
    if (event.sequence > this.lastSequence) {
      this.lastSequence = event.sequence;
      this.#watching.get(event.taskId)?.forEach((subscription) => subscription.offer(event));
    }
  }

  fail(failure) {
    this.of(this.taskIds).forEach((subscription) => subscription.fail(failure()));
  }
}

module.exports = { Subscription, Subscriptions };
