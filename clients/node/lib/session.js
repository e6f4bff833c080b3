'use strict';

const { Call, Calls, bounded } = require('./calls.js');
const { decode, decodeError } = require('./decode.js');
const { MessageTooLarge } = require('./errors.js');
const { Subscriptions } = require('./subscriptions.js');
const wire = require('./wire.js');
const { debuglog } = require('#node');

const UNWATCH_TIMEOUT = 10;
const EVENTS = { 'cover/statusChanged': 'StatusChange', 'cover/watchEnded': 'WatchEnded' };

const debug = debuglog('cover-bridge');

/**
 * The conversation with the bridge, whichever process holds its other end. Without a line, what is
 * to be sent waits here. What the bridge says comes in by `receive`, in order.
 */
class Session {
  /** In bytes, once the bridge has said how long a message may be. */
  limit = Infinity;
  #calls;
  subscriptions = new Subscriptions();
  #onHealth;
  #failure = null;
  #send = null;
  // What comes before the journal is replayed waits here; null where nothing is replayed.
  #heldEvents = null;

  constructor(keepAlive, onHealth) {
    this.#calls = new Calls(keepAlive);
    this.#onHealth = onHealth;
  }

  // What the client says.

  /** Sends a request, past the held ones with `send`; `accept` makes of the result what is wanted. */
  submit(method, params, { accept = (result) => result, progress, subscription, send = this.#send } = {}) {
    if (this.#failure !== null) {
      throw this.#failure();
    }
    const id = this.#calls.nextId();
    // The iterators end that are there now; the bridge has a watch that is sent later.
    const ending = method === 'cover/unwatch' ? this.#watching(params.taskIds) : [];
    const accepted = (result) => {
      ending.forEach((each) => each.close(params.taskIds));
      return accept(result);
    };
    const given = progress === undefined ? params : { ...params, progressToken: id };
    const call = new Call(id, method, wire.request(id, method, given), { accept: accepted, progress, subscription });
    this.#calls.add(call);
    this.#transmit(call, send);
    return call;
  }

  watch(subscription) {
    const accept = ({ watches }) => this.subscriptions.add(subscription, watches);
    return this.submit('cover/watch', subscription.parameters(), { accept, subscription });
  }

  /** Fails an open call with `reason`, and takes it back from the bridge. */
  cancel(call, reason) {
    if (this.#calls.take(call.id) === undefined) {
      return;
    }
    if (call.sent) {
      this.#recall(call);
      call.reject(reason);
    } else {
      call.fail(reason);
    }
  }

  /** Nothing reads this subscription any more: what no other one watches is unwatched. */
  drop(subscription) {
    const left = [...subscription.open.keys()];
    subscription.close(left);
    const taskIds = left.filter((taskId) => this.#watching([taskId]).length === 0);
    if (taskIds.length > 0 && this.#failure === null) {
      // Nothing waits for the answer, and it is not to hold up the exit for ever.
      bounded(this, this.submit('cover/unwatch', { taskIds }), { timeout: UNWATCH_TIMEOUT }).catch(() => {});
    }
  }

  /** Unwatches everything and fails what is open and all that comes, unless that is done. */
  end(failure) {
    if (this.#failure === null) {
      this.#leave();
      this.#failure = failure;
      this.#calls.all().forEach((call) => this.#calls.fail(call, failure));
      this.subscriptions.fail(failure);
    }
  }

  // From one process of the bridge to the next.

  /**
   * The line is gone: fails the calls that are out, and keeps the others for the next. A watch may
   * be asked for twice, so it is kept too.
   */
  hold(failure) {
    this.#send = null;
    // Those of before are in a journal that is replayed again.
    this.#heldEvents = [];
    const out = this.#calls.all().filter((call) => call.sent && call.subscription === undefined);
    out.forEach((call) => this.#calls.fail(call, failure));
  }

  /** There is a line: what was held goes out and in. */
  connect(send) {
    this.#send = send;
    this.#deliverHeld();
    this.#calls.all().forEach((call) => this.#transmit(call, send));
  }

  /** A bridge has begun: after which sequence number to replay its journal, or null. */
  begin(journal) {
    const after = this.subscriptions.begin(journal);
    if (after === null) {
      // Another death may follow before `connect`, and no journal has them.
      this.#deliverHeld();
    }
    return after;
  }

  #deliverHeld() {
    const held = this.#heldEvents ?? [];
    this.#heldEvents = null;
    held.forEach((event) => this.subscriptions.deliver(event));
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
      // One bad line must not end the session. Its text stays secret: a syntax error would quote it.
      const reason = error instanceof SyntaxError ? 'no JSON' : error.message;
      debug('skipped a line of %d bytes from the bridge: %s', line.length, reason);
    }
  }

  #answered(message) {
    if (this.#calls.find(message.id)?.isLeftToTheNext(message)) {
      return;
    }
    const call = this.#calls.take(message.id);
    if (call !== undefined) {
      call.answer(message);
    } else if ('error' in message && message.id === null) {
      const refusal = decodeError(message.error);
      debug('the bridge refused a message (%s): %s', refusal.kind, refusal.message);
    }
  }

  #notified(method, params) {
    if (Object.hasOwn(EVENTS, method)) {
      const event = decode(EVENTS[method], params);
      if (this.#heldEvents === null) {
        this.subscriptions.deliver(event);
      } else {
        this.#heldEvents.push(event);
      }
    } else if (method === 'bridge/healthChanged') {
      const health = decode('Health', params);
      // What it throws is its own business, and not that of the lines that follow.
      queueMicrotask(() => this.#onHealth?.(health));
    } else if (method === '$/progress') {
      this.#progressed(params);
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

  /** The calls of watches that are still to be answered. */
  get #asked() {
    return this.#calls.all().filter(({ subscription }) => subscription !== undefined);
  }

  /** The watches of these tasks that the bridge has, and those that it is still to answer. */
  #watching(taskIds) {
    const asked = this.#asked.map(({ subscription }) => subscription);
    return [
      ...this.subscriptions.of(taskIds),
      ...asked.filter(({ open }) => taskIds.some((taskId) => open.has(taskId))),
    ];
  }

  /** Sends a call, if there is a line. */
  #transmit(call, send) {
    if (send === null) {
      return;
    }
    // The bridge could not say whose message it refuses. The line feed does not count.
    const size = Buffer.byteLength(call.frame) - 1;
    if (size > this.limit) {
      const reason = `${call.method}: ${size} bytes, and the bridge reads ${this.limit}`;
      this.#calls.fail(call, () => new MessageTooLarge(reason));
    } else {
      call.sent = true;
      send(call.frame);
    }
  }

  #recall(call) {
    this.#send?.(wire.notification('$/cancelRequest', { id: call.id }));
  }

  /** Takes all watches back, at once: nothing more is said after it. */
  #leave() {
    const asked = this.#asked;
    asked.filter(({ sent }) => sent).forEach((call) => this.#recall(call));
    const open = asked.flatMap(({ subscription }) => [...subscription.open.keys()]);
    const taskIds = [...new Set([...this.subscriptions.taskIds, ...open])];
    if (taskIds.length > 0) {
      this.#send?.(wire.request(this.#calls.nextId(), 'cover/unwatch', { taskIds }));
    }
  }
}

module.exports = { Session };
