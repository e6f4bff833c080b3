'use strict';

const { debuglog } = require('node:util');
const { Call, Calls, bounded } = require('./calls.js');
const { decode, decodeError } = require('./decode.js');
const { Subscriptions } = require('./subscriptions.js');
const wire = require('./wire.js');

const UNWATCH_TIMEOUT = 10;

const debug = debuglog('cover-bridge');

/**
 * The conversation with the bridge, whichever process holds its other end. Without a line, what is
 * to be sent and to be delivered waits here. What the bridge says comes in by `receive`, in order.
 */
class Session {
  #calls;
  #subscriptions = new Subscriptions();
  #onHealth;
  #failure = null;
  #send = null;
  #heldEvents = [];

  constructor(keepAlive, onHealth) {
    this.#calls = new Calls(keepAlive);
    this.#onHealth = onHealth;
  }

  // What the client says.

  /** Sends a request, past the held ones with `send`; `accept` makes of the result what is wanted. */
  submit(method, params, { accept = (result) => result, progress, send } = {}) {
    if (this.#failure !== null) {
      throw this.#failure();
    }
    const id = this.#calls.nextId();
    const given = progress === undefined ? params : { ...params, progressToken: id };
    const call = new Call(id, method, wire.request(id, method, given), { accept, progress });
    this.#calls.add(call);
    const line = send ?? this.#send;
    if (line !== null) {
      transmit(call, line);
    }
    return call;
  }

  watch(subscription) {
    const call = this.submit('cover/watch', subscription.parameters);
    this.#subscriptions.add(subscription);
    // One that waits here is sent anyway: only what the last bridge had is to be watched again.
    subscription.call = call;
    return call;
  }

  unwatch(taskIds) {
    const accept = ({ unwatched }) => {
      this.#subscriptions.close(taskIds);
      return unwatched;
    };
    return this.submit('cover/unwatch', { taskIds }, { accept });
  }

  /** Fails an open call with `reason`, and takes it back from the bridge. */
  cancel(call, reason) {
    if (this.#calls.take(call.id) === undefined) {
      return;
    }
    if (call.sent) {
      this.#send?.(wire.notification('$/cancelRequest', { id: call.id }));
    }
    call.reject(reason);
  }

  /** Nobody reads this subscription any more. */
  drop(subscription) {
    this.#stopWatching(this.#subscriptions.drop(subscription));
  }

  /** Unwatches everything and fails what is open and all that comes; false if done before. */
  end(failure) {
    if (this.#failure !== null) {
      return false;
    }
    this.#stopWatching(this.#subscriptions.watched());
    this.#failure = failure;
    this.#calls.fail(failure);
    this.#subscriptions.fail(failure);
    return true;
  }

  // From one process of the bridge to the next.

  /** The line is gone: fails the calls that are out, and keeps what comes for the next. */
  hold(failure) {
    this.#send = null;
    // They are of a journal that is over, or can be replayed.
    this.#heldEvents = [];
    this.#calls.fail(failure, (call) => call.sent);
  }

  /** There is a line: what was held goes out and in. */
  connect(send) {
    this.#send = send;
    this.replay(this.#heldEvents);
    this.#heldEvents = [];
    for (const call of this.#calls.unsent()) {
      transmit(call, send);
    }
  }

  /** After which sequence number to replay the journal, if it is the one heard so far; else null. */
  begin(journal) {
    return this.#subscriptions.begin(journal);
  }

  replay(events) {
    for (const event of events) {
      this.#subscriptions.deliver(event);
    }
  }

  /** The watches that the last bridge had. */
  established() {
    return this.#subscriptions.open().filter((subscription) => subscription.call.sent);
  }

  // What the bridge says.

  receive(line) {
    const text = line.toString();
    if (text.trim() === '') {
      return;
    }
    try {
      const message = JSON.parse(text);
      if ('method' in message) {
        this.#notified(message.method, message.params ?? {});
      } else {
        this.#answered(message);
      }
    } catch (error) {
      // One bad line must not cost the session.
      debug('skipped a line of %d bytes from the bridge: %s', line.length, error.message);
    }
  }

  #answered(message) {
    const call = this.#calls.take(message.id);
    if (call !== undefined) {
      call.answer(message);
    } else if ('error' in message && message.id === null) {
      debug('the bridge refused a message: %s', decodeError(message.error).message);
    }
  }

  #notified(method, params) {
    switch (method) {
      case 'cover/statusChanged':
        return this.#happened(decode('StatusChange', params));
      case 'cover/watchEnded':
        return this.#happened(decode('WatchEnded', params));
      case 'bridge/healthChanged':
        return this.#ails(decode('Health', params));
      case '$/progress':
        return this.#progressed(params);
      default:
        return undefined;
    }
  }

  #happened(event) {
    if (this.#send === null) {
      this.#heldEvents.push(event);
    } else {
      this.#subscriptions.deliver(event);
    }
  }

  #ails(health) {
    if (this.#onHealth !== undefined) {
      // What it throws is its own business, and not that of the lines that follow.
      queueMicrotask(() => this.#onHealth(health));
    }
  }

  #progressed({ token, value }) {
    const call = this.#calls.find(token);
    try {
      call?.progress?.(value);
    } catch (error) {
      this.cancel(call, error);
    }
  }

  #stopWatching(taskIds) {
    if (taskIds.length > 0 && this.#failure === null) {
      // Nobody waits for the answer, and it is not to hold up the exit for ever.
      bounded(this, this.submit('cover/unwatch', { taskIds }), { timeout: UNWATCH_TIMEOUT }).catch(() => {});
    }
  }
}

function transmit(call, send) {
  call.sent = true;
  send(call.frame);
}

module.exports = { Session };
