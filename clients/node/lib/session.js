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
 * The conversation with the bridge, across restarts. While no bridge is connected, outgoing requests wait here.
 * Messages of the bridge enter through `receive`, in order.
 */
class Session {
  /** The most bytes of a message; known once the bridge has answered `initialize`. */
  limit = Infinity;
  #calls;
  subscriptions = new Subscriptions();
  #onHealth;
  #failure = null;
  #send = null;
  // Events that arrive before the journal is replayed; null if nothing is to be replayed.
  #heldEvents = null;

  constructor(keepAlive, onHealth) {
    this.#calls = new Calls(keepAlive);
    this.#onHealth = onHealth;
  }

  // Messages of the client.

  /** Sends a request. `send` bypasses the requests that wait; `accept` converts the result. */
  submit(method, params, { accept = (result) => result, progress, subscription, send = this.#send } = {}) {
    if (this.#failure !== null) {
      throw this.#failure();
    }
    const id = this.#calls.nextId();
    // Only iterators that exist now are ended: the bridge keeps a watch that is sent later.
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

  /** Fails an open call with `reason`, and cancels it in the bridge. */
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

  /** Ends a subscription, with the error if there is one; unwatches the tasks that no other subscription watches. */
  drop(subscription, error) {
    const left = [...subscription.open.keys()];
    subscription.close(left, error);
    const taskIds = left.filter((taskId) => this.#watching([taskId]).length === 0);
    if (taskIds.length > 0 && this.#failure === null) {
      // No caller waits for the answer, and it must not delay the exit for ever.
      bounded(this, this.submit('cover/unwatch', { taskIds }), { timeout: UNWATCH_TIMEOUT }).catch(() => {});
    }
  }

  /** Unwatches everything; fails open calls and all later ones. Repeating it has no effect. */
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
   * The bridge is gone: fails the calls that were sent, and keeps the others for the next bridge. A watch
   * may safely be requested twice, so it is kept too.
   */
  hold(failure) {
    this.#send = null;
    // The events that waited are in the journal, which is replayed again.
    this.#heldEvents = [];
    const out = this.#calls.all().filter((call) => call.sent && call.subscription === undefined);
    out.forEach((call) => this.#calls.fail(call, failure));
  }

  /** A bridge is ready: delivers the events that waited, and sends the requests that waited. */
  connect(send) {
    this.#send = send;
    this.#deliverHeld();
    this.#calls.all().forEach((call) => this.#transmit(call, send));
  }

  /** A new bridge has answered: returns the sequence number after which to replay its journal, or null. */
  begin(journal) {
    const after = this.subscriptions.begin(journal);
    if (after === null) {
      // Another death may come before `connect`, and no journal has these events.
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
      // One bad line must not end the session. Its text stays out of the log: a syntax error would quote it.
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
      // An error in the callback must not affect the lines that follow.
      queueMicrotask(() => this.#onHealth?.(health));
    } else if (method === '$/progress') {
      this.#progressed(params);
    }
  }

  /** An event that cannot be read may be the last of its task, so it ends the watches of the task. */
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

  /** The calls of `cover/watch` without an answer. */
  get #asked() {
    return this.#calls.all().filter(({ subscription }) => subscription !== undefined);
  }

  /** The subscriptions to these tasks: those that the bridge has, and those that it has not answered yet. */
  #watching(taskIds) {
    const asked = this.#asked.map(({ subscription }) => subscription);
    return [
      ...this.subscriptions.of(taskIds),
      ...asked.filter(({ open }) => taskIds.some((taskId) => open.has(taskId))),
    ];
  }

  /** Sends a call, if a bridge is connected. */
  #transmit(call, send) {
    if (send === null) {
      return;
    }
    // The bridge could not say which message it refuses, so the size is checked here. The line feed does not count.
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

  /** Ends all watches. This is the last message to the bridge. */
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
