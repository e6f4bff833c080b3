'use strict';

const { CoverBridge } = require('./lib/client.js');
const errors = require('./lib/errors.js');

module.exports = { CoverBridge, ...errors };
