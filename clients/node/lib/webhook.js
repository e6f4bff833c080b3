'use strict';

const { LONE_SURROGATE } = require('./wire.js');

const NAMES = { 'x-webhook-timestamp': 'timestamp', 'x-webhook-signature': 'signature' };

/** The parameters of `cover/callback`, from a web server's request. Header names may be in upper or lower case. */
function parameters(body, headers) {
  const params = { body: repaired(body) };
  const entries = typeof headers.entries === 'function' ? headers.entries() : Object.entries(headers);
  for (const [name, value] of entries) {
    const parameter = NAMES[name.toLowerCase()];
    if (parameter !== undefined) {
      params[parameter] = Array.isArray(value) ? value[0] : value;
    }
  }
  return params;
}

/** The body as text. Half a surrogate pair and bytes that are not UTF-8 become U+FFFD. */
function repaired(body) {
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) {
    return new TextDecoder().decode(body);
  }
  if (typeof body === 'string') {
    return new TextDecoder().decode(new TextEncoder().encode(body));
  }
  try {
    const text = JSON.stringify(body);
    // `JSON.stringify` writes half a surrogate pair as an escape, and the bridge replaces the escape.
    return LONE_SURROGATE.test(text) ? text : body;
  } catch {
    return body;
  }
}

module.exports = { parameters };
