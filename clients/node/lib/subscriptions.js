'use strict';

const { decode } = require('./decode.js');

/** One `watch` call as a value: the tasks that it still waits for, each with the last status that it delivered. */
class Subscription {
  #interval;
  #timeout;
  #deadline;
  #reader;
  #leave = () => {};

  /** `reader` has `deliver(event)` and `finish(error?)`; both must neither block nor fail. */
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

  /** Registers `leave`, which is called with each task that this watch no longer waits for. */
  join(leave) {
    this.#leave = leave;
  }

  /** Delivers an event if it belongs to this watch and is new to it. */
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
    // A bridge that watches a task again begins by sending its status, which may be known.
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

/** The watches that the bridge has, and the last sequence number that the client handled. A value, without I/O. */
class Subscriptions {
  // Indexed by task: an event costs the same however many watches there are.
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
   * A new bridge has answered. If it continues the same journal, returns the last number that was handled, after
   * which to replay; else null.
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
   * The bridge has answered with these watches. The changes that it sent before were for older watches: `last` holds
   * their result, and the bridge sends a final status again.
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

  /** Delivers an event that is new: a replay and the bridge itself may send the same one. */
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
