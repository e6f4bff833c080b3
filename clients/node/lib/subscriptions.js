'use strict';

const { decode } = require('./decode.js');

/** One call of `watch`: the tasks that the caller still waits for, each with the last status that was delivered. */
class Subscription {
  #interval;
  #timeout;
  #deadline;
  #reader;
  #leave = () => {};

  /** `reader` has the methods `deliver(event)` and `finish(error?)`. They must neither block nor fail. */
  constructor(taskIds, { interval, timeout }, reader) {
    this.open = new Map(taskIds.map((taskId) => [taskId, null]));
    this.#interval = interval;
    this.#timeout = timeout;
    this.#deadline = timeout === undefined ? undefined : performance.now() + timeout * 1000;
    this.#reader = reader;
  }

  /** The parameters of `cover/watch`. After a restart (`again`), the timeout still counts from the first request. */
  parameters({ again = false } = {}) {
    const left = Math.max((this.#deadline - performance.now()) / 1000, 0.001);
    const timeout = again && this.#deadline !== undefined ? left : this.#timeout;
    return { taskIds: [...this.open.keys()], interval: this.#interval, timeout };
  }

  /** Sets `leave`, which is called with each task that this subscription no longer waits for. */
  join(leave) {
    this.#leave = leave;
  }

  /** Delivers an event if it is for this subscription, and if it is new. */
  offer(event) {
    const { taskId, status } = event;
    if (!this.open.has(taskId)) {
      return;
    }
    if (status === undefined || event.final) {
      this.#reader.deliver(event);
      this.close([taskId]);
      return;
    }
    const last = this.open.get(taskId);
    this.open.set(taskId, status);
    // If the bridge watches a task again, it first sends the current status, which may be known.
    if (last === null || contentOf(last) !== contentOf(status)) {
      this.#reader.deliver(event);
    }
  }

  /** Stops waiting for these tasks. */
  close(taskIds, error) {
    for (const taskId of taskIds) {
      this.open.delete(taskId);
      this.#leave(taskId);
    }
    if (this.open.size === 0) {
      this.#reader.finish(error);
    }
  }

  fail(error) {
    this.close([...this.open.keys()], error);
  }
}

function contentOf({ state, images, failure }) {
  return JSON.stringify([state, images, failure]);
}

/** The watches of the bridge, and the last sequence number that the client has handled. The class does no I/O. */
class Subscriptions {
  // The subscriptions by task. So the cost of an event does not depend on the number of watches.
  #watching = new Map();
  #epoch = '';
  #lastSequence = 0;

  /** The tasks that are watched. */
  get taskIds() {
    return [...this.#watching.keys()];
  }

  /** The subscriptions to these tasks. */
  of(taskIds) {
    return [...new Set(taskIds.flatMap((taskId) => [...this.#watching.get(taskId) ?? []]))];
  }

  /**
   * Notes that a new bridge has answered. If the new bridge has the same journal, returns the last sequence number that
   * was handled. The journal is replayed after this number. Otherwise, returns null.
   */
  begin({ epoch, lastSequence }) {
    if (epoch === this.#epoch) {
      return this.#lastSequence;
    }
    this.#epoch = epoch;
    this.#lastSequence = lastSequence;
    return null;
  }

  /**
   * Notes that the bridge has answered with these watches. Changes before the answer were for older watches, and `last`
   * has their result. If a status is final, the bridge sends it again.
   */
  add(added, watches) {
    added.join((taskId) => this.#leave(taskId, added));
    for (const taskId of added.open.keys()) {
      this.#watching.set(taskId, (this.#watching.get(taskId) ?? new Set()).add(added));
    }
    for (const { taskId, last } of watches) {
      if (last && !last.final) {
        const status = decode('CoverStatus', last);
        added.offer({ sequence: this.#lastSequence, taskId, previous: null, status, final: false });
      }
    }
  }

  #leave(taskId, subscription) {
    const others = this.#watching.get(taskId);
    others?.delete(subscription);
    if (others?.size === 0) {
      this.#watching.delete(taskId);
    }
  }

  /** Delivers an event if it is new. A replay and the bridge itself may send the same event. */
  deliver(event) {
    if (event.sequence > this.#lastSequence) {
      this.#lastSequence = event.sequence;
      this.#watching.get(event.taskId)?.forEach((subscription) => subscription.offer(event));
    }
  }

  fail(failure) {
    this.of(this.taskIds).forEach((subscription) => subscription.fail(failure()));
  }
}

module.exports = { Subscription, Subscriptions };
