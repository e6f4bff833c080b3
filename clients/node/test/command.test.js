'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');
const { CoverBridge, BridgeNotFound } = require('cover-bridge');
const { launch } = require('../lib/command.js');
const { FAKE, temporary } = require('./support.js');

/** A directory with a `cover-bridge` that is the fake one. */
function directoryWithBridge(t) {
  const directory = temporary(t);
  const file = path.join(directory, 'cover-bridge');
  fs.writeFileSync(file, `#!/bin/sh\nexec '${FAKE.join("' '")}' "$@"\n`, { mode: 0o755 });
  return { directory, file };
}

test('the option comes first, as a path, a URL or a list', async (t) => {
  const { file } = directoryWithBridge(t);
  for (const command of [file, pathToFileURL(file), [file], FAKE]) {
    const bridge = new CoverBridge({ command, env: { COVER_BRIDGE: '/nowhere' } });
    await bridge.start();
    assert.equal(bridge.serverInfo.name, 'fake');
    await bridge.close();
  }
});

test('then the variable, then the PATH', (t) => {
  const { directory, file } = directoryWithBridge(t);
  const PATH = `/nowhere:${directory}`;
  assert.equal(launch({ env: { COVER_BRIDGE: '/some/where', PATH } }).argv[0], '/some/where');
  assert.equal(launch({ env: { COVER_BRIDGE: '', PATH } }).argv[0], file);
});

test('what is not found says where it was looked for', async () => {
  const bridge = new CoverBridge({ env: { COVER_BRIDGE: '', PATH: '/nowhere' } });
  await assert.rejects(bridge.ping(), (error) => {
    assert.ok(error instanceof BridgeNotFound);
    for (const place of ['option command', '$COVER_BRIDGE', '@cover-bridge/', 'PATH (/nowhere)']) {
      assert.ok(error.message.includes(place), place);
    }
    return true;
  });
  const absent = new CoverBridge({ command: '/nowhere', restart: true });
  await assert.rejects(absent.ping(), /cannot start \/nowhere: ENOENT/);
  await absent.close();
  await assert.rejects(absent.ping(), BridgeNotFound);
  await assert.rejects(new CoverBridge({ command: '/etc/passwd' }).ping(), /cannot start \/etc\/passwd: EACCES/);
  await assert.rejects(new CoverBridge({ command: ['a\0b'] }).ping(), BridgeNotFound);
});

test('options become arguments, and the key does not', () => {
  const { argv, env, apiKey } = launch({
    command: 'bridge',
    sandbox: true,
    endpoint: 'http://localhost',
    apiKey: 'secret',
    apiKeyFile: '/key',
    journal: '/journal',
    rate: 5,
    interval: 0.5,
    args: ['--log-level', 'debug'],
    env: { KIE_API_KEY: 'other' },
  });
  assert.deepEqual(argv, [
    ...['bridge', 'serve', '--framing', 'ndjson', '--sandbox', '--endpoint', 'http://localhost'],
    ...['--api-key-file', '/key', '--journal', '/journal', '--rate', '5', '--interval', '0.5'],
    ...['--log-level', 'debug'],
  ]);
  assert.equal(apiKey, 'secret');
  assert.equal(env.KIE_API_KEY, undefined, 'the bridge would take it before the one in initialize');
});

test('an option that is null is none', async () => {
  const nothing = { apiKey: null, apiKeyFile: null, journal: null, endpoint: null, rate: null, interval: null };
  const bridge = new CoverBridge({ ...nothing, args: null, env: null, onHealth: null, timeout: null, command: FAKE });
  await bridge.stats();
  assert.equal(bridge.journal.persistent, false);
  await bridge.close();
});
