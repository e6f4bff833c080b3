// Follows three pretend covers to their end, and saves their images. The example needs no key and no network.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoverBridge, CoverBridgeError } from 'cover-bridge';

const tasks = ['success-3s-first-light', 'success-4s-second-wind', 'fail-2s-broken-string'];
const bridge = new CoverBridge({ sandbox: true, interval: 0.25, restart: true });
const began = performance.now();

try {
  for await (const event of bridge.watch(tasks, { timeout: 60 })) {
    const time = ((performance.now() - began) / 1000).toFixed(2).padStart(6);
    const text = 'status' in event ? event.status.state : `ended: ${event.reason}`;
    console.log(`${time} s  ${event.taskId.padEnd(24)} ${text}`);
    if (!('status' in event) || !event.final) {
      continue;
    }
    if (event.status.failure !== null) {
      console.log(`          ${event.status.failure.message}`);
      continue;
    }
    for (const file of await bridge.download(event.taskId, join(tmpdir(), 'covers'), { overwrite: true })) {
      console.log(`          ${file.path}, ${file.bytes} bytes`);
    }
  }
} catch (error) {
  if (!(error instanceof CoverBridgeError)) {
    throw error;
  }
  console.error(`${error.name}: ${error.message}`);
  // The command uses the same exit code. Exit code 1 would say that a task failed.
  process.exitCode = 6;
}
