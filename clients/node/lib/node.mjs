// Exports the same as node.js, for bundlers.

import { createRequire } from 'node:module';

export { AsyncResource } from 'node:async_hooks';
export { spawn } from 'node:child_process';
export { accessSync, constants, statSync } from 'node:fs';
export * as path from 'node:path';
export { escape, unescape } from 'node:querystring';
export { setTimeout as delay } from 'node:timers/promises';
export { fileURLToPath } from 'node:url';
export { debuglog } from 'node:util';
export { isMainThread } from 'node:worker_threads';

// A bundle that is not an ES module has no `import.meta`, but it has a file name.
export const { resolve } = createRequire(import.meta.url ?? __filename);
