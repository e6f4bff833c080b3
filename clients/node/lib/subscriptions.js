'use strict';

/** All watches of a client, and how far it has heard the journal. A value, without I/O. */
class Subscriptions {
  #all = new Set();
  #epoch = '';
  #heard = 0;

  open() {
    return [...this.#all];
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

  /** The bridge sends changes only, so a second watch of a task is told the last one here. */
  add(added) {
    for (const taskId of [...added.open]) {
      const other = this.open().find((each) => each.open.has(taskId) && each.lastChange(taskId));
      if (other !== undefined) {
        added.offer(other.lastChange(taskId), this.#epoch);
      }
    }
    this.#all.add(added);
  }

  deliver(event) {
    this.#heard = Math.max(this.#heard, event.sequence);
    for (const subscription of this.#all) {
      subscription.offer(event, this.#epoch);
    }
    this.#forgetClosed();
  }

  /** These were unwatched. */
  close(taskIds) {
    for (const subscription of this.#all) {
      subscription.close(taskIds);
    }
    this.#forgetClosed();
  }

  /** Nobody reads this one any more; returns the tasks that no other one watches. */
  drop(dropped) {
    this.#all.delete(dropped);
    const watched = new Set(this.watched());
    const taskIds = [...dropped.open].filter((taskId) => !watched.has(taskId));
    dropped.close(dropped.open);
    return taskIds;
  }

  watched() {
    return [...new Set(this.open().flatMap((subscription) => [...subscription.open]))];
  }

  fail(failure) {
    for (const subscription of this.#all) {
      subscription.fail(failure());
    }
    this.#all.clear();
  }

  #forgetClosed() {
    for (const subscription of this.#all) {
      if (subscription.open.size === 0) {
        this.#all.delete(subscription);
      }
    }
  }
}

module.exports = { Subscriptions };
