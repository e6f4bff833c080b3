'use strict';

const OLDEST = 18;

// The version is checked first, because an older Node cannot parse the other files.
if (Number.parseInt(process.versions.node, 10) < OLDEST) {
  throw new Error(`the package cover-bridge needs Node ${OLDEST} or newer, and this is ${process.versions.node}`);
}

const { CoverBridge } = require('./lib/client.js');
const errors = require('./lib/errors.js');

module.exports = { CoverBridge, ...errors };
