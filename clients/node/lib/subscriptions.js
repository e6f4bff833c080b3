'use strict';

const { decode } = require('./decode.js');

/** One `watch` call as a value: the tasks it still waits for, each with the last status that was delivered. */
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

  /** Of `cover/watch`; in another bridge (`again`) the timeout counts from the first time. */
  parameters({ again = false } = {}) {
    const left = Math.max((this.#deadline - performance.now()) / 1000, 0.001);
    const timeout = again && this.#deadline !== undefined ? left : this.#timeout;
    return { taskIds: [...this.open.keys()], interval: this.#interval, timeout };
  }

  /** From now on `leave` is called with each task that this watch waits for no longer. */
  join(leave) {
    this.#leave = leave;
  }

  /** Takes an event that is for this watch and new to it. */
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
    // A bridge that watches anew begins with how the task stands.
    if (last === null || news(last) !== news(status)) {
      this.#reader.deliver(event);
    }
  }

  /** Waits for these no longer. */
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

function news({ state, images, failure }) {
  return JSON.stringify([state, images, failure]);
}

/** The watches that the bridge has, and how far the client has heard the journal. A value, without I/O. */
class Subscriptions {
  // By task, so that an event costs no more where there are more watches.
  #watching = new Map();
  #epoch = '';
  #heard = 0;

  /** The tasks that are watched. */
  get taskIds() {
    return [...this.#watching.keys()];
  }

  /** The watches of these tasks. */
  of(taskIds) {
    return [...new Set(taskIds.flatMap((taskId) => [...this.#watching.get(taskId) ?? []]))];
  }

  /**
   * A process of the bridge has begun. If its journal goes on where the last one's was heard, the
   * number after which to replay it; else null.
   */
  begin({ epoch, lastSequence }) {
    if (epoch === this.#epoch) {
      return this.#heard;
    }
    this.#epoch = epoch;
    this.#heard = lastSequence;
    return null;
  }

  /**
   * The bridge has answered with these watches. What it sent before was for older ones; what came of that is in
   * `last`, and a final status is sent once more.
   */
  add(added, watches) {
    added.join((taskId) => this.#leave(taskId, added));
    for (const taskId of added.open.keys()) {
      this.#watching.set(taskId, (this.#watching.get(taskId) ?? new Set()).add(added));
    }
    for (const { taskId, last } of watches) {
      if (last && !last.final) {
        const status = decode('CoverStatus', last);
        added.offer({ sequence: this.#heard, taskId, previous: null, status, final: false });
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

  /** Hands out what is new: a replay and the bridge itself may say the same. */
  deliver(event) {
    if (event.sequence > this.#heard) {
      this.#heard = event.sequence;
      this.#watching.get(event.taskId)?.forEach((subscription) => subscription.offer(event));
    }
  }

  fail(failure) {
    this.of(this.taskIds).forEach((subscription) => subscription.fail(failure()));
  }
}

module.exports = { Subscription, Subscriptions };
