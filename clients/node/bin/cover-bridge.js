#!/usr/bin/env node
'use strict';

// The binary of this platform in this process's place: its arguments and streams, its signals, its end.

const { spawn } = require('node:child_process');
const { isatty } = require('node:tty');
const { PLATFORM_PACKAGE, inPlatformPackage } = require('../lib/command.js');

// As the command has it for a fault of its own; 1 would say that a task failed.
const FAULT = 70;

// Not on the PATH: there it would find itself.
const binary = inPlatformPackage();
if (binary === undefined) {
  console.error(`cover-bridge: the package ${PLATFORM_PACKAGE}, which holds the binary, is not installed`);
  process.exit(FAULT);
}

// What is typed at a terminal reaches the bridge without our help. (`process.stdin` would make a pipe non-blocking.)
const typed = new Set(isatty(0) ? ['SIGINT', 'SIGQUIT'] : []);
// Before the start: from then on a signal would leave the bridge without us.
for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => typed.has(signal) || bridge.kill(signal));
}
const bridge = spawn(binary, process.argv.slice(2), { stdio: 'inherit' });
bridge.on('error', (error) => {
  console.error(`cover-bridge: cannot start ${binary}: ${error.code}`);
  process.exitCode = FAULT;
});
bridge.on('exit', (code, signal) => {
  if (signal === null) {
    process.exitCode = code;
  } else {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
});
