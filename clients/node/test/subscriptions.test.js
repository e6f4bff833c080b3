'use strict';

// The subscriptions of a client as values, without a bridge.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Subscription, Subscriptions } = require('../lib/subscriptions.js');

function watching(subscriptions, taskIds) {
  const heard = [];
  const reader = { deliver: ({ sequence }) => heard.push(sequence), finish: () => heard.push('end') };
  const subscription = new Subscription(taskIds, {}, reader);
  subscriptions.add(subscription);
  subscription.answer([], 0);
  return { heard, subscription };
}

const change = (sequence, taskId, final = false) => ({ sequence, taskId, status: { state: `${sequence}` }, final });

test('an event reaches only the subscriptions of its task', () => {
  const subscriptions = new Subscriptions();
  const looks = [];
  for (let number = 0; number < 100; number += 1) {
    const { subscription } = watching(subscriptions, [`task-${number}`, 'all']);
    const { offer } = subscription;
    subscription.offer = (event) => {
      looks.push(number);
      offer.call(subscription, event);
    };
  }
  subscriptions.deliver(change(1, 'task-7'));
  assert.deepEqual(looks, [7]);
  subscriptions.deliver(change(2, 'none'));
  assert.equal(looks.length, 1);
  subscriptions.deliver(change(3, 'all'));
  assert.equal(looks.length, 101);
});

test('a subscription that has ended is forgotten, whatever ended it', () => {
  const subscriptions = new Subscriptions();
  const done = watching(subscriptions, ['done', 'shared']);
  const left = watching(subscriptions, ['left', 'shared']);
  const failed = watching(subscriptions, ['failed', 'shared']);
  subscriptions.deliver(change(1, 'done', true));
  subscriptions.deliver(change(2, 'shared'));
  left.subscription.close(['left', 'shared']);
  failed.subscription.fail(new Error('enough'));
  assert.deepEqual(subscriptions.taskIds, ['shared']);
  assert.deepEqual(subscriptions.of(['shared', 'left', 'failed']), [done.subscription]);
  subscriptions.deliver(change(3, 'shared', true));
  assert.deepEqual(subscriptions.taskIds, []);
  assert.deepEqual([done.heard, left.heard, failed.heard], [[1, 2, 3, 'end'], [2, 'end'], [2, 'end']]);
});
