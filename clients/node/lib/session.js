'use strict';

const { Call, Calls, Line, bounded } = require('./calls.js');
const { decode, decodeError } = require('./decode.js');
const { MessageTooLarge } = require('./errors.js');
const { Subscriptions } = require('./subscriptions.js');
const wire = require('./wire.js');
const { debuglog } = require('#node');

const UNWATCH_TIMEOUT = 10;

const debug = debuglog('cover-bridge');

/**
 * The conversation with the bridge, whichever process holds its other end. Without a line, what is
 * to be sent and to be delivered waits here. What the bridge says comes in by `receive`, in order.
 */
class Session {
  /** In bytes, once the bridge has said how long a message may be. */
  limit = Infinity;
  #calls;
  #subscriptions = new Subscriptions();
  #onHealth;
  #bringsKey;
  #line = new Line();
  #failure = null;
  #send = null;
  #heldEvents = [];

  constructor(keepAlive, onHealth, { bringsKey }) {
    this.#bringsKey = bringsKey;
    this.#calls = new Calls(keepAlive);
    this.#onHealth = onHealth;
  }

  // What the client says.

  /** Sends a request, past the held ones with `send`; `accept` makes of the result what is wanted. */
  submit(method, params, { accept = (result) => result, progress, subscription, send } = {}) {
    if (this.#failure !== null) {
      throw this.#failure();
    }
    const id = this.#calls.nextId();
    const given = progress === undefined ? params : { ...params, progressToken: id };
    const call = new Call(id, method, wire.request(id, method, given), { accept, progress, subscription });
    this.#calls.add(call);
    if (subscription !== undefined) {
      this.#subscriptions.add(subscription);
    }
    if (send === undefined) {
      this.#transmit(call);
    } else {
      call.sent = true;
      send(call.frame);
    }
    return call;
  }

  watch(subscription) {
    const accept = ({ watches }) =>
      this.#subscriptions.begun(subscription, watches.map((watch) => decode('Watch', watch)));
    return this.submit('cover/watch', subscription.parameters, { accept, subscription });
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
      this.#recall(call);
      this.#release(call.id);
    } else if (call.subscription !== undefined) {
      this.#subscriptions.refused(call.subscription);
    }
    call.reject(reason);
  }

  /** Nobody reads this subscription any more. */
  drop(subscription) {
    const taskIds = this.#subscriptions.drop(subscription);
    if (taskIds.length > 0 && this.#failure === null) {
      // Nobody waits for the answer, and it is not to hold up the exit for ever.
      bounded(this, this.submit('cover/unwatch', { taskIds }), { timeout: UNWATCH_TIMEOUT }).catch(() => {});
    }
  }

  /** Unwatches everything and fails what is open and all that comes; false if done before. */
  end(failure) {
    if (this.#failure !== null) {
      return false;
    }
    this.#leave(this.#subscriptions.watched());
    this.#failure = failure;
    this.#calls.all().forEach((call) => this.#calls.fail(call, failure));
    this.#subscriptions.fail(failure);
    return true;
  }

  // From one process of the bridge to the next.

  /**
   * The line is gone: fails the calls that are out, and keeps the others for the next. A watch may
   * be asked for twice, so it is kept too. From here on it counts as begun: if the journal is
   * persistent, a new bridge goes on with it before it is asked.
   */
  hold(failure) {
    this.#send = null;
    this.#line = new Line();
    // They are of a journal that is over, or can be replayed.
    this.#heldEvents = [];
    for (const call of this.#calls.all().filter(({ sent }) => sent)) {
      if (call.subscription === undefined) {
        this.#calls.fail(call, failure);
      } else {
        call.sent = false;
        this.#subscriptions.begun(call.subscription);
      }
    }
  }

  /** There is a line: what was held goes out and in. */
  connect(send) {
    this.#send = send;
    this.replay(this.#heldEvents);
    this.#heldEvents = [];
    this.#calls.all().forEach((call) => this.#transmit(call));
  }

  /** After which sequence number to replay the journal, if it is the one heard so far; else null. */
  begin(journal) {
    return this.#subscriptions.begin(journal);
  }

  replay(events) {
    for (const event of events) {
      this.#deliver(event);
    }
  }

  /** Whether anybody waits for what the last bridge had to say. */
  get listens() {
    return this.#subscriptions.open().some(({ begun }) => begun);
  }

  /** The watches of the last bridge, but for those whose call is still to be answered. */
  established() {
    const asked = new Set(this.#calls.all().map(({ subscription }) => subscription));
    return this.#subscriptions.open().filter((subscription) => !asked.has(subscription));
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
      // One bad line must not cost the session. What it says is nobody's business: a syntax error would quote it.
      const reason = error instanceof SyntaxError ? 'no JSON' : error.message;
      debug('skipped a line of %d bytes from the bridge: %s', line.length, reason);
    }
  }

  #answered(message) {
    const call = this.#calls.take(message.id);
    if (call !== undefined) {
      call.answer(message);
      if (call.failed && call.subscription !== undefined) {
        this.#subscriptions.refused(call.subscription);
      }
    } else if ('error' in message && message.id === null) {
      const refusal = decodeError(message.error);
      debug('the bridge refused a message (%s): %s', refusal.kind, refusal.message);
    }
    this.#release(message.id);
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
      this.#deliver(event);
    }
  }

  #deliver(event) {
    // A bridge takes up its journal's watches before `initialize` has brought the key, and is asked
    // for them again after that.
    if (!(this.#bringsKey && event.reason === 'missingCredentials')) {
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

  /** Sends a call that is still wanted, if there is a line and it is its turn. */
  #transmit(call) {
    if (this.#send === null || call.sent || this.#calls.find(call.id) !== call) {
      return;
    }
    // The bridge could not say whose message it refuses. The line feed does not count.
    const size = Buffer.byteLength(call.frame) - 1;
    if (size > this.limit) {
      this.#refuse(call, `${call.method}: ${size} bytes, and the bridge reads ${this.limit}`);
    } else if (!call.inLine || this.#line.admit(call)) {
      call.sent = true;
      this.#send(call.frame);
    }
  }

  #release(id) {
    this.#line.release(id).forEach((waiting) => this.#transmit(waiting));
  }

  #refuse(call, reason) {
    if (call.subscription !== undefined) {
      this.#subscriptions.refused(call.subscription);
    }
    this.#calls.fail(call, () => new MessageTooLarge(reason));
  }

  #recall(call) {
    this.#send?.(wire.notification('$/cancelRequest', { id: call.id }));
  }

  /** Takes all watches back, at once: nothing more is said after it. */
  #leave(taskIds) {
    const asked = this.#calls.all().filter((call) => call.sent && call.subscription !== undefined);
    asked.forEach((call) => this.#recall(call));
    if (taskIds.length > 0) {
      this.#send?.(wire.request(this.#calls.nextId(), 'cover/unwatch', { taskIds }));
    }
  }
}

module.exports = { Session };
