'use strict';

// What of Node itself this package uses. Bundlers take node.mjs instead (`imports` in package.json): a `require` of
// Node's modules would be left in their ES modules, where there is none.

const { spawn } = require('node:child_process');
const { accessSync, constants, statSync } = require('node:fs');
const path = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');
const { fileURLToPath } = require('node:url');
const { debuglog } = require('node:util');
const { isMainThread } = require('node:worker_threads');

const { resolve } = require;

module.exports = {
  accessSync, constants, debuglog, delay, fileURLToPath, isMainThread, path, resolve, spawn, statSync,
};
