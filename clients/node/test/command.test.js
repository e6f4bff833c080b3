'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');
const { inspect } = require('node:util');
const { CoverBridge, BridgeNotFound } = require('cover-bridge');
const { launcher } = require('../lib/command.js');
const { FAKE, temporary } = require('./support.js');

/** A directory whose `cover-bridge` is the fake bridge. */
function directoryWithBridge(t) {
  const directory = temporary(t);
  const file = path.join(directory, 'cover-bridge');
  fs.writeFileSync(file, `#!/bin/sh\nexec '${FAKE.join("' '")}' "$@"\n`, { mode: 0o755 });
  return { directory, file };
}

test('the option has priority, as a path, a URL or a list', async (t) => {
  const { file } = directoryWithBridge(t);
  for (const command of [file, pathToFileURL(file), [file], FAKE]) {
    const bridge = new CoverBridge({ command, env: { COVER_BRIDGE: '/nowhere' } });
    await bridge.start();
    assert.equal(bridge.serverInfo.name, 'fake');
    await bridge.close();
  }
});

test('after the option comes the variable, then the PATH', (t) => {
  const { directory, file } = directoryWithBridge(t);
  const PATH = `/nowhere:${directory}`;
  assert.equal(launcher({ env: { COVER_BRIDGE: '/some/where', PATH } })().argv[0], '/some/where');
  assert.equal(launcher({ env: { COVER_BRIDGE: '', PATH } })().argv[0], file);
});

test('the error for a missing binary lists the places that were searched', async () => {
  const bridge = new CoverBridge({ env: { COVER_BRIDGE: '', PATH: '/nowhere' } });
  await assert.rejects(bridge.ping(), (error) => {
    assert.ok(error instanceof BridgeNotFound);
    for (const place of ['option command', '$COVER_BRIDGE', '@cover-bridge/', 'PATH (/nowhere)']) {
      assert.ok(error.message.includes(place), place);
    }
    return true;
  });
  const absent = new CoverBridge({ command: '/nowhere', restart: true });
  await assert.rejects(absent.ping(), { message: 'cannot start /nowhere: no such file' });
  await absent.close();
  await assert.rejects(absent.ping(), BridgeNotFound);
  const data = new CoverBridge({ command: '/etc/passwd' });
  await assert.rejects(data.ping(), /cannot start \/etc\/passwd: permission denied$/);
  const folder = new CoverBridge({ command: '/tmp' });
  await assert.rejects(folder.ping(), { message: 'cannot start /tmp: permission denied; it is a folder' });
  const line = new CoverBridge({ command: 'no-program -m x' });
  await assert.rejects(line.ping(), /no such file; give its arguments in a list$/);
});

test('a program for another C library is not reported as a missing file', async (t) => {
  const file = path.join(temporary(t), 'foreign');
  fs.writeFileSync(file, '#!/no/such/loader\n', { mode: 0o755 });
  const needed = 'the binary needs Linux on x86-64 with glibc 2.34 or newer';
  const message = `cannot start ${file}: no such file; the file exists, but this system cannot run it: ${needed}`;
  await assert.rejects(new CoverBridge({ command: file }).ping(), { message });
});

test('one argument may be a string', () => {
  const { argv } = launcher({ command: 'absent-bridge', args: '--rate=5' })();
  assert.equal(argv.at(-1), '--rate=5');
});

test('options become arguments, but the key does not', () => {
  const { argv, env, apiKey, cwd } = launcher({
    command: 'absent-bridge',
    sandbox: true,
    endpoint: 'http://localhost',
    apiKey: 'secret',
    apiKeyFile: '/key',
    caFile: pathToFileURL('/ca.pem'),
    journal: '/journal',
    fleet: pathToFileURL('/fleet'),
    fleetPasswordFile: '/password',
    fleetSize: 4,
    rate: 5,
    interval: 0.5,
    args: ['--log-level', 'debug'],
    env: { KIE_API_KEY: 'other' },
  })();
  assert.deepEqual(argv, [
    ...['absent-bridge', 'serve', '--framing', 'ndjson', '--sandbox', '--endpoint', 'http://localhost'],
    ...['--api-key-file', '/key', '--ca-file', '/ca.pem'],
    ...['--journal', '/journal', '--fleet', '/fleet', '--fleet-password-file', '/password', '--fleet-size', '4'],
    ...['--rate', '5', '--interval', '0.5'],
    ...['--log-level', 'debug'],
  ]);
  assert.equal(apiKey, 'secret');
  assert.equal(cwd, process.cwd());
  assert.equal(env.KIE_API_KEY, undefined, 'the bridge would take it before the one in initialize');
});

test('the address of a fleet is passed on unchanged', () => {
  for (const fleet of ['file:/fleet', 'redis://host']) {
    assert.deepEqual(launcher({ command: 'absent-bridge', fleet })().argv.slice(-2), ['--fleet', fleet]);
  }
});

test('relative paths start at the directory in which the object was made', (t) => {
  const { directory } = directoryWithBridge(t);
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(directory);
  const given = launcher({ command: ['./cover-bridge', './a'], journal: 'j.db', apiKeyFile: 'k', caFile: 'ca' });
  const variable = launcher({ env: { COVER_BRIDGE: './cover-bridge' } });
  const onPath = launcher({ env: { COVER_BRIDGE: '', PATH: 'nowhere:.' } });
  const bareName = launcher({ command: 'cover-bridge', env: { PATH: '/nowhere' } });
  process.chdir('/');
  const inDirectory = (name) => path.join(directory, name);
  const { argv, cwd } = given();
  assert.deepEqual(argv.slice(0, 2), [inDirectory('cover-bridge'), './a'], 'an argument may be anything');
  const files = ['--api-key-file', inDirectory('k'), '--ca-file', inDirectory('ca'), '--journal', inDirectory('j.db')];
  assert.deepEqual(argv.slice(-6), files);
  assert.equal(cwd, directory);
  assert.equal(variable().argv[0], inDirectory('cover-bridge'));
  assert.equal(onPath().argv[0], inDirectory('cover-bridge'));
  assert.equal(bareName().argv[0], 'cover-bridge');
});

test('the client works in a deleted working directory', async (t) => {
  const before = process.cwd();
  t.after(() => process.chdir(before));
  const directory = temporary(t);
  process.chdir(directory);
  const early = new CoverBridge({ command: FAKE });
  fs.rmdirSync(directory);
  const late = new CoverBridge({ command: FAKE });
  process.chdir(before);
  for (const bridge of [early, late]) {
    await bridge.ping();
    await bridge.close();
  }
});

test('the client works in a process that was started in a deleted directory', (t) => {
  const script = path.join(temporary(t), 'script.js');
  const library = path.join(__dirname, '../lib/command.js');
  const code = `const { launcher } = require(${JSON.stringify(library)});`;
  const relative = 'try { launcher({ journal: `j.db` }) } catch (error) { process.stdout.write(error.message) }';
  fs.writeFileSync(script, `${code} process.stdout.write(launcher({ command: '/bin/c' })().argv[0]); ${relative}`);
  const gone = temporary(t);
  const argv = ['-c', 'rmdir "$PWD"; exec "$@"', 'sh', process.execPath, script];
  const words = 'the parameter "journal" is relative, but the working folder does not exist';
  assert.equal(execFileSync('/bin/sh', argv, { cwd: gone, encoding: 'utf8' }), `/bin/c${words}`);
});

test('a relative path in a working directory whose name is not UTF-8 is refused', (t) => {
  const script = path.join(temporary(t), 'script.js');
  const library = path.join(__dirname, '../lib/command.js');
  const calls = ['/j.db', 'j.db'].map((journal) => `launcher({ command: '/bin/c', journal: '${journal}' })();`);
  const code = `const { launcher } = require(${JSON.stringify(library)});`;
  fs.writeFileSync(script, `${code} try { ${calls.join(' ')} } catch (error) { console.log(error.message); }`);
  const make = 'cd "$0" && mkdir "$(printf \'caf\\351\')" && cd caf* && exec "$@"';
  const output = execFileSync('/bin/sh', ['-c', make, temporary(t), process.execPath, script], { encoding: 'utf8' });
  assert.match(output, /^the parameter "journal" is no path: it is relative, and the name of .* is not UTF-8$/m);
});

test('the bridge reports what is wrong with a journal that is not a file', (t) => {
  const { directory } = directoryWithBridge(t);
  const command = path.join(directory, 'cover-bridge');
  for (const journal of [':memory:', 'file:j.db']) {
    assert.equal(launcher({ command, journal })().argv.at(-1), journal);
  }
});

test('a path that is empty or no text is refused', () => {
  assert.throws(() => new CoverBridge({ journal: '' }), /"journal" must be a path: .*; it is empty$/);
  assert.throws(() => new CoverBridge({ apiKeyFile: '' }), /"apiKeyFile" must be a path: .*; it is empty$/);
  assert.throws(() => new CoverBridge({ caFile: '' }), /"caFile" must be a path: .*; it is empty$/);
  for (const wrong of [5, {}, ['f']]) {
    assert.throws(() => new CoverBridge({ fleet: wrong }), /^InvalidParams: the parameter "fleet" must be a path/);
  }
});

test('the network variables and all others reach the bridge', async (t) => {
  const file = path.join(temporary(t), 'environment');
  const command = ['sh', '-c', 'env >"$0"', file];
  const NETWORK = { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a.b', SSL_CERT_FILE: '/ca.pem', SSL_CERT_DIR: '/cas' };
  Object.assign(process.env, NETWORK);
  t.after(() => Object.keys(NETWORK).forEach((name) => delete process.env[name]));
  const env = { ALL_PROXY: 'socks5h://s:2', NO_PROXY: undefined, SSL_CERT_DIR: '/others' };
  await assert.rejects(new CoverBridge({ command, env }).ping());
  const seen = Object.fromEntries(fs.readFileSync(file, 'utf8').split('\n').map((line) => line.split(/=(.*)/s)));
  for (const [name, value] of Object.entries({ ...NETWORK, ...env })) {
    assert.equal(seen[name], value, name);
  }
});

test('the printed object and its errors contain no key', async () => {
  const apiKey = 'sk-very-secret';
  const given = { command: FAKE, apiKey, env: { KIE_API_KEY: apiKey }, restart: true };
  const bridge = new CoverBridge(given);
  const texts = [];
  const look = (value) => {
    texts.push(inspect(value, { depth: 9, showHidden: true, getters: true }), inspect(value), String(value));
    texts.push(JSON.stringify(value));
  };
  look(await bridge.start());
  look(bridge.watch('open'));
  await bridge.status('die').catch(look);
  await bridge.status('\ud800').catch(look);
  await bridge.close();
  look(bridge);
  await new CoverBridge({ ...given, command: '/nowhere' }).ping().catch(look);
  await new CoverBridge({ ...given, apiKey: null, env: { KIE_API_KEY: `${apiKey}\0` } }).ping().catch(look);
  // A wrapper may write both keys: that of the environment, and that of `initialize`.
  const talkative = ['sh', '-c', 'echo "$KIE_API_KEY" >&2; read line; echo "$line" >&2; exit 1'];
  await new CoverBridge({ ...given, command: talkative }).ping().catch(look);
  await new CoverBridge({ env: given.env, command: talkative }).ping().catch(look);
  assert.equal(texts.length, 36);
  assert.ok(texts.at(-4).includes('***'), texts.at(-4));
  assert.deepEqual(texts.filter((text) => text?.includes('secret')), []);
});

test('a wrapper that prints another secret', async () => {
  for (const [name, value, shown] of [
    ['KIE_WEBHOOK_KEY', 'whsec-0123456789', '***'],
    ['COVER_BRIDGE_FLEET', 'redis://app:0123456789@host:1/0', 'redis://app:***@host:1/0'],
    ['COVER_BRIDGE_FLEET', 'rediss://:pw@host', 'rediss://:***@host'],
    ['HTTPS_PROXY', 'http://me:p@w@proxy:3128', 'http://me:***@proxy:3128'],
    ['COVER_BRIDGE_FLEET', '/dev/shm/covers.fleet', '/dev/shm/covers.fleet'],
  ]) {
    const command = ['sh', '-c', `echo "${name}=$${name}" >&2; exit 1`];
    const bridge = new CoverBridge({ command, env: { [name]: value } });
    const error = await bridge.ping().catch((failure) => failure);
    assert.equal(error.stderrTail, `${name}=${shown}\n`);
  }
});

test('a wrapper that prints keys in other forms', async () => {
  const key = 'sk+/"0123456789';
  const written = [encodeURIComponent(key), JSON.stringify(key), Buffer.from(key).toString('base64'), 'pa@ss/w0rd'];
  const command = ['sh', '-c', 'printf "%s\\n" "$@" >&2; exit 1', 'sh', ...written];
  const env = { KIE_API_KEY: key, HTTPS_PROXY: 'http://me:pa%40ss%2Fw0rd@proxy:3128' };
  const error = await new CoverBridge({ command, env }).ping().catch((failure) => failure);
  assert.ok(error.stderrTail.startsWith('***\n"***"\n***\n***\n'), error.stderrTail);
});

test('a later start uses the program that was found first', (t) => {
  const { directory, file } = directoryWithBridge(t);
  for (const options of [{}, { command: 'cover-bridge' }, { env: { COVER_BRIDGE: 'cover-bridge' } }]) {
    const env = { COVER_BRIDGE: '', PATH: directory, ...options.env };
    const start = launcher({ ...options, env });
    assert.equal(start().argv[0], file);
    env.PATH = '/nowhere';
    assert.equal(start().argv[0], file);
  }
});

test('a path that begins with ~/ is left to the bridge', async () => {
  const command = ['sh', '-c', 'echo "$@" >&2; exit 1', 'sh'];
  const bridge = new CoverBridge({ command, journal: '~/j.db', apiKeyFile: '~/key', caFile: 'ca' });
  const error = await bridge.ping().catch((failure) => failure);
  assert.ok(error.stderrTail.includes('--journal ~/j.db'), error.stderrTail);
  assert.ok(error.stderrTail.includes('--api-key-file ~/key'), error.stderrTail);
  assert.ok(error.stderrTail.includes(`--ca-file ${process.cwd()}/ca`), error.stderrTail);
});

test('a command that begins with ~/ starts at the home folder', async (t) => {
  const { directory: HOME } = directoryWithBridge(t);
  for (const env of [{ COVER_BRIDGE: '~/cover-bridge', HOME }, { HOME }]) {
    for (const command of env.COVER_BRIDGE ? [undefined] : ['~/cover-bridge', ['~/cover-bridge']]) {
      const bridge = new CoverBridge({ command, env });
      await bridge.ping();
      await bridge.close();
    }
  }
  assert.deepEqual(launcher({ command: ['./a', '~/b'] })().argv[1], '~/b', 'an argument may be anything');
  for (const home of [undefined, '', 'relative']) {
    const refused = (options) => assert.rejects(new CoverBridge({ ...options }).ping(), /HOME has no absolute path/);
    await refused({ command: '~/cover-bridge', env: { HOME: home } });
    await refused({ env: { COVER_BRIDGE: '~/cover-bridge', HOME: home } });
  }
});

test('an option that is null counts as absent', async () => {
  const nothing = { apiKey: null, apiKeyFile: null, journal: null, endpoint: null, rate: null, interval: null };
  const bridge = new CoverBridge({ ...nothing, args: null, env: null, onHealth: null, timeout: null, command: FAKE });
  await bridge.stats(null);
  assert.equal(bridge.journal.persistent, false);
  assert.equal((await bridge.status('plain', { maxAge: null, signal: null })).taskId, 'plain');
  await bridge.close();
});
