'use strict';

const { invalidParameter } = require('./parameters.js');

const NAMES = { 'x-webhook-timestamp': 'timestamp', 'x-webhook-signature': 'signature' };

/** The parameters of `cover/callback`, from a request that a web server received. Header names may be in any case. */
function parameters(body, headers) {
  const params = { body: body instanceof Uint8Array ? new TextDecoder().decode(body) : body };
  if (headers === null || typeof headers !== 'object') {
    throw invalidParameter('headers', 'is no object of headers');
  }
  const entries = typeof headers.entries === 'function' ? headers.entries() : Object.entries(headers);
  for (const [name, value] of entries) {
    const parameter = NAMES[name.toLowerCase()];
    if (parameter !== undefined) {
      params[parameter] = Array.isArray(value) ? value[0] : value;
    }
  }
  return params;
}

module.exports = { parameters };
