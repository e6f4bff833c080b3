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

  /** Its request is made; what it is for is watched from here on. */
  add(added) {
    this.#all.add(added);
  }

  /**
   * The bridge has it and answered with these watches. The bridge sends changes only: how a task that was watched
   * already stands, the answer says; a final status follows as a change. The number is the last one heard, from
   * which `changes` goes on.
   */
  begun(added, watches = []) {
    const known = watches.filter(({ last }) => last && !last.final);
    added.begin(
      known.map(({ taskId, last }) => ({
        sequence: this.#heard,
        taskId,
        previous: null,
        status: last,
        final: last.final,
      })),
    );
    this.#forgetClosed();
  }

  /** Hands out what is new: a replay and the bridge itself may tell the same. */
  deliver(event) {
    if (event.sequence <= this.#heard) {
      return;
    }
    this.#heard = event.sequence;
    for (const subscription of this.#all) {
      subscription.offer(event);
    }
    this.#forgetClosed();
  }

  /** These were unwatched. */
  close(taskIds) {
    for (const subscription of this.#begun()) {
      subscription.close(taskIds);
    }
    this.#forgetClosed();
  }

  /** Nobody reads this one any more; returns the tasks that no other one watches. */
  drop(dropped) {
    if (!this.#all.delete(dropped)) {
      return [];
    }
    const watched = new Set(this.watched());
    const taskIds = [...dropped.open].filter((taskId) => !watched.has(taskId));
    dropped.close(dropped.open);
    return taskIds;
  }

  /** The bridge does not have it, so there is nothing to unwatch. */
  refused(subscription) {
    this.#all.delete(subscription);
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

  #begun() {
    return this.open().filter((subscription) => subscription.begun);
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
