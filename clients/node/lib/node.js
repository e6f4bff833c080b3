'use strict';

// The parts of Node that this package uses. Bundlers use node.mjs instead (see `imports` in package.json), because
// their ES modules have no `require`.

const { AsyncResource } = require('node:async_hooks');
const { spawn } = require('node:child_process');
const { accessSync, constants, statSync } = require('node:fs');
const path = require('node:path');
const { escape, unescape } = require('node:querystring');
const { setTimeout: delay } = require('node:timers/promises');
const { fileURLToPath } = require('node:url');
const { debuglog } = require('node:util');
const { isMainThread } = require('node:worker_threads');

const { resolve } = require;

module.exports = {
  AsyncResource, accessSync, constants, debuglog, delay, escape, fileURLToPath, isMainThread, path, resolve, spawn,
  statSync, unescape,
};
