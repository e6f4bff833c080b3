'use strict';

const { Call, Calls, bounded } = require('./calls.js');
const { decode, decodeError } = require('./decode.js');
const { MessageTooLarge, ProtocolError } = require('./errors.js');
const { Subscriptions } = require('./subscriptions.js');
const wire = require('./wire.js');
const { debuglog } = require('#node');

const UNWATCH_TIMEOUT = 10;
const EVENTS = { 'cover/statusChanged': 'StatusChange', 'cover/watchEnded': 'WatchEnded' };

const debug = debuglog('cover-bridge');

/**
 * The session with the bridge, which outlives each process of the bridge. While no bridge is connected, requests wait
 * in the session. `receive` gets the messages of the bridge in order.
 */
class Session {
  /** The largest message in bytes. It is known once the bridge has answered `initialize`. */
  limit = Infinity;
  #calls;
  subscriptions = new Subscriptions();
  #onHealth;
  #failure = null;
  #send = null;
  // Events that wait for the replay of the journal; null if there is no replay.
  #heldEvents = null;

  constructor(keepAlive, onHealth) {
    this.#calls = new Calls(keepAlive);
    this.#onHealth = onHealth;
  }

  // Messages of the client.

  /** Sends a request. With `send`, the request does not wait for others. `accept` converts the result. */
  submit(method, params, { accept = (result) => result, progress, subscription, send = this.#send } = {}) {
    if (this.#failure !== null) {
      throw this.#failure();
    }
    const id = this.#calls.nextId();
    // The answer ends only iterators that exist now, because the bridge keeps a watch from a later request.
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

  /** Fails an open call with `reason`. Cancels the call in the bridge. */
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

  /** Ends a subscription, with an error if there is one. Unwatches the tasks that no other subscription watches. */
  drop(subscription, error) {
    const left = [...subscription.open.keys()];
    subscription.close(left, error);
    const taskIds = left.filter((taskId) => this.#watching([taskId]).length === 0);
    if (taskIds.length > 0 && this.#failure === null) {
      // No caller waits for this answer, and the call must not delay Node's exit for ever.
      bounded(this, this.submit('cover/unwatch', { taskIds }), { timeout: UNWATCH_TIMEOUT }).catch(() => {});
    }
  }

  /** Unwatches all tasks. Fails all open and later calls. A second call has no effect. */
  end(failure) {
    if (this.#failure === null) {
      this.#leave();
      this.#failure = failure;
      this.#calls.all().forEach((call) => this.#calls.fail(call, failure));
      this.subscriptions.fail(failure);
    }
  }

  // Changes of the bridge's process.

  /**
   * Handles the death of a bridge: fails the sent calls, and keeps the others for the next bridge. A watch is kept even
   * if it was sent, because it can safely be requested twice.
   */
  hold(failure) {
    this.#send = null;
    // The events that waited before are in the journal, which is replayed again.
    this.#heldEvents = [];
    const out = this.#calls.all().filter((call) => call.sent && call.subscription === undefined);
    out.forEach((call) => this.#calls.fail(call, failure));
  }

  /** Connects a new bridge: delivers the events that waited, and sends the requests that waited. */
  connect(send) {
    this.#send = send;
    this.#deliverHeld();
    this.#calls.all().forEach((call) => this.#transmit(call, send));
  }

  /** Notes the answer of a new bridge. Returns the sequence number after which to replay its journal, or null. */
  begin(journal) {
    const after = this.subscriptions.begin(journal);
    if (after === null) {
      // The bridge may die again before `connect`, and no journal has these events.
      this.#deliverHeld();
    }
    return after;
  }

  #deliverHeld() {
    const held = this.#heldEvents ?? [];
    this.#heldEvents = null;
    held.forEach((event) => this.subscriptions.deliver(event));
  }

  // Messages of the bridge.

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
      // One bad line must not end the session. The log does not contain its text, which a syntax error would quote.
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
      const event = this.#event(EVENTS[method], params);
      if (this.#heldEvents === null) {
        this.subscriptions.deliver(event);
      } else {
        this.#heldEvents.push(event);
      }
    } else if (method === 'bridge/healthChanged') {
      const health = decode('Health', params);
      // An error in the callback must not affect the lines that follow, so the callback runs later.
      queueMicrotask(() => this.#onHealth?.(health));
    } else if (method === '$/progress') {
      this.#progressed(params);
    }
  }

  /** Handles an unreadable event. It may be the last event of its task, so the watches of the task end. */
  #event(shape, params) {
    try {
      return decode(shape, params);
    } catch (error) {
      this.subscriptions.of([params.taskId]).forEach((each) => this.drop(each, new ProtocolError(error.message)));
      throw error;
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

  /** The calls of `cover/watch` that the bridge has not answered. */
  get #asked() {
    return this.#calls.all().filter(({ subscription }) => subscription !== undefined);
  }

  /** The subscriptions to these tasks, including those that the bridge has not answered yet. */
  #watching(taskIds) {
    const asked = this.#asked.map(({ subscription }) => subscription);
    return [
      ...this.subscriptions.of(taskIds),
      ...asked.filter(({ open }) => taskIds.some((taskId) => open.has(taskId))),
    ];
  }

  /** Sends a call if a bridge is connected. */
  #transmit(call, send) {
    if (send === null) {
      return;
    }
    // The bridge could not name the call of so large a message, so the size is checked here. It excludes the line feed.
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

  /** Ends all watches. No message to the bridge follows. */
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
