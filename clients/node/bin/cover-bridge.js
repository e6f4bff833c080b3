#!/usr/bin/env node
'use strict';

// Runs the binary of this platform in place of this process, with the same arguments, streams, signals and exit.

const { spawn } = require('node:child_process');
const { isatty } = require('node:tty');
const { absence, inPlatformPackage, startFailure } = require('../lib/command.js');

// The exit code for faults of this command. The binary uses it too. Exit code 1 would say that a task failed.
const FAULT = 70;

// The command does not search the PATH, because it could find itself there.
const binary = inPlatformPackage();
if (binary === undefined) {
  console.error(`cover-bridge: ${absence()}`);
  process.exit(FAULT);
}

// The terminal sends a typed signal to the bridge directly. (isatty is used, because `process.stdin` would make a pipe
// non-blocking.)
const typed = new Set(isatty(0) ? ['SIGINT', 'SIGQUIT'] : []);
// The handlers are set before the start: a later signal could end this process while the bridge runs on.
for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => typed.has(signal) || bridge.kill(signal));
}
const bridge = spawn(binary, process.argv.slice(2), { stdio: 'inherit' });
bridge.on('error', (error) => {
  console.error(`cover-bridge: ${startFailure(binary, error)}`);
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
