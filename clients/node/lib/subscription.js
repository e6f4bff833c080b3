'use strict';

/** One `watch` call as a value: the tasks it still waits for, and what it has been told of them. */
class Subscription {
  #begun = false;
  #early = [];
  #interval;
  #timeout;
  #deadline;
  #reader;
  #told = new Map();

  /** `reader` has `deliver(event)` and `finish(error?)`; both must neither block nor fail. */
  constructor(taskIds, { interval, timeout }, reader) {
    this.open = new Set(taskIds);
    this.#interval = interval;
    this.#timeout = timeout;
    this.#deadline = timeout === undefined ? undefined : performance.now() + timeout * 1000;
    this.#reader = reader;
  }

  /** Of `cover/watch`. */
  get parameters() {
    return { taskIds: [...this.open], interval: this.#interval, timeout: this.#timeout };
  }

  /** Of `cover/watch` in another bridge: the timeout counts from the first time. */
  get parametersAgain() {
    const timeout =
      this.#deadline === undefined ? undefined : Math.max((this.#deadline - performance.now()) / 1000, 0.001);
    return { ...this.parameters, timeout };
  }

  /** Whether the bridge has it. */
  get begun() {
    return this.#begun;
  }

  /**
   * The bridge has it; `standing` are changes that say how watched tasks stood then. Changes that came before
   * the answer follow unless they are older.
   */
  begin(standing) {
    const early = this.#early;
    this.#early = [];
    this.#begun = true;
    for (const event of standing) {
      this.offer(event);
    }
    for (const event of early) {
      const told = this.#told.get(event.taskId);
      if (told === undefined || event.status.checkedAt >= told.status.checkedAt) {
        this.offer(event);
      }
    }
  }

  /** Takes an event that is for this watch and new to it. */
  offer(event) {
    if (!this.open.has(event.taskId)) {
      return;
    }
    if (!this.#begun) {
      // A status is true of the task, whichever watch it was sent for; an end is that of an earlier watch.
      if (isChange(event)) {
        this.#early.push(event);
      }
      return;
    }
    if (this.#knows(event)) {
      return;
    }
    if (isChange(event)) {
      this.#told.set(event.taskId, event);
    }
    this.#reader.deliver(event);
    if (!isChange(event) || event.final) {
      this.close([event.taskId]);
    }
  }

  /** Waits for these no longer. */
  close(taskIds) {
    for (const taskId of taskIds) {
      this.open.delete(taskId);
    }
    if (this.open.size === 0) {
      this.#reader.finish();
    }
  }

  fail(error) {
    this.open.clear();
    this.#reader.finish(error);
  }

  /**
   * A bridge that watches anew begins by telling what is: no change unless what was said differs.
   * And a step back is a replica that lags, as for a bridge that has not forgotten.
   */
  #knows(event) {
    const told = this.#told.get(event.taskId);
    if (told === undefined || !isChange(event)) {
      return false;
    }
    return news(event) === news(told) || liesBehind(event.status, told.status);
  }
}

function isChange(event) {
  return 'status' in event;
}

function news({ final, status }) {
  return JSON.stringify([final, status.state, status.images, status.failure]);
}

function liesBehind(status, told) {
  if (status.state === told.state) {
    return status.images.length < told.images.length;
  }
  return told.state === 'generating' && status.state === 'pending';
}

module.exports = { Subscription };
