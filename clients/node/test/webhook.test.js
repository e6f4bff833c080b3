'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { parameters } = require('../lib/webhook.js');

const lower = { 'x-webhook-timestamp': '1', 'x-webhook-signature': 's=' };
const signed = { timestamp: '1', signature: 's=' };

for (const [name, body, headers, wanted] of [
  ['a text without headers', '{}', {}, { body: '{}' }],
  ['bytes', Buffer.from('{"a":"ä"}'), { host: 'h' }, { body: '{"a":"ä"}' }],
  ['a buffer', new TextEncoder().encode('{}').buffer, {}, { body: '{}' }],
  ['a text with half a surrogate pair', '{"a":"\ud83d"}', {}, { body: '{"a":"\ufffd"}' }],
  ['an object with half a surrogate pair', { a: '\ud83d' }, {}, { body: '{"a":"\\ud83d"}' }],
  ['an object with a whole one', { a: '\ud83d\ude00' }, {}, { body: { a: '\ud83d\ude00' } }],
  ['headers in other cases', {}, { 'X-Webhook-Timestamp': '1', 'X-WEBHOOK-SIGNATURE': 's=' }, { body: {}, ...signed }],
  ['headers of fetch', '', new Headers(Object.entries(lower)), { body: '', ...signed }],
  ['a header that came twice', '', { 'x-webhook-timestamp': ['1', '2'] }, { body: '', timestamp: '1' }],
]) {
  test(`a callback as parameters: ${name}`, () => assert.deepEqual(parameters(body, headers), wanted));
}
