'use strict';

// A small bridge that behaves correctly, except for faults that the real bridge does not cause on demand. A task id, of
// the form `WORD[:ARGUMENT][-anything]`, says what the bridge does. The file in FAKE_LOG gets each message that the
// bridge reads.

const fs = require('node:fs');

const STEPS = ['pending', 'generating', 'succeeded'];
const NOW = '2026-01-02T03:04:05.678Z';
const { FAKE_DIED, FAKE_LOG, FAKE_STUBBORN, FAKE_VERSION = '1' } = process.env;

const changes = [];
// The watched tasks, each with the last status that the bridge sent.
const watched = new Map();

function write(data) {
  for (let rest = Buffer.from(data); rest.length > 0;) {
    try {
      rest = rest.subarray(fs.writeSync(1, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') {
        throw error;
      }
    }
  }
}

const send = (message) => write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const answer = (id, result) => send({ id, result });
const refuse = (id, code, data) => send({ id, error: { code, message: 'so it is', data } });

function cover(taskId, state, image = 0) {
  return {
    taskId,
    parentTaskId: null,
    state,
    final: state === 'succeeded' || state === 'failed',
    images: state === 'pending' ? [] : [`https://a/${image}.png`],
    createdAt: NOW,
    completedAt: null,
    expiresAt: null,
    failure: state === 'failed' ? { code: 500, message: 'no' } : null,
    callbackUrl: null,
    warnings: [],
    checkedAt: NOW,
    addedLater: { a: [1] },
  };
}

function change(taskId, state, image = 0) {
  const status = cover(taskId, state, image);
  const params = { sequence: changes.length + 1, taskId, previous: null, status, final: status.final };
  changes.push(params);
  send({ method: 'cover/statusChanged', params });
  if (status.final) {
    watched.delete(taskId);
  } else {
    watched.set(taskId, status);
  }
}

const statuses = {
  die(id, argument) {
    fs.writeSync(2, 'last words\n');
    process.exit(Number(argument ?? 7));
  },
  error: (id, kind, status) => refuse(id, 400, { kind, retryable: true, retryAfter: 1.5, last: status }),
  garbage(id, argument, status) {
    write(Buffer.from([0xff, 0xfe, 0x0a]));
    write('[1]\n7\nnull\n\n{}\n{"method":1}\n');
    write(`${'['.repeat(100_000)}\n`);
    send({ method: 'cover/statusChanged', params: { taskId: 1 } });
    send({ id: [id], result: 1 });
    send({ id: String(id), result: 1 });
    answer(id, status);
  },
  huge: (id, argument, status) => answer(id, { ...status, callbackUrl: 'x'.repeat(1 << 20) }),
  noise(id, argument, status) {
    fs.writeSync(2, 'z'.repeat(300_000));
    answer(id, status);
  },
  shapeless: (id) => answer(id, { taskId: 1 }),
  silent() {},
  split(id, argument, status) {
    for (const byte of Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id, result: status })}\r\n`)) {
      write([byte]);
    }
  },
  unknown(id, argument, status) {
    send({ method: 'cover/somethingNew', params: { a: 1 } });
    send({ method: '$/later' });
    send({ id: 'theirs', method: 'please', params: {} });
    answer(id, status);
  },
};

const watches = {
  // Dies once, after the first change. The file in FAKE_DIED records the death, so that the next process works
  // normally.
  brittle(taskId) {
    change(taskId, 'pending');
    if (!fs.existsSync(FAKE_DIED)) {
      fs.writeFileSync(FAKE_DIED, '');
      process.exit(70);
    }
    change(taskId, 'generating');
    change(taskId, 'succeeded');
  },
  ended(taskId) {
    const error = { code: 401, message: 'no key', data: { kind: 'unauthorized' } };
    changes.push({ sequence: changes.length + 1, taskId, reason: 'unauthorized', error });
    send({ method: 'cover/watchEnded', params: changes.at(-1) });
  },
  many(taskId, count) {
    for (let number = 0; number < Number(count); number += 1) {
      change(taskId, 'generating', number);
    }
    change(taskId, 'succeeded');
  },
  open: (taskId, argument, again) => again || change(taskId, 'pending'),
  // Sends all events a second time, as a replay may do.
  stutter(taskId) {
    change(taskId, 'pending');
    change(taskId, 'generating');
    changes.forEach((params) => send({ method: 'cover/statusChanged', params }));
    change(taskId, 'succeeded');
  },
  // The task was watched before the client started, and has no new change.
  standing() {},
  success: (taskId) => STEPS.forEach((state) => change(taskId, state)),
};

/** Starts a watch; returns the bridge's answer about it. */
function watch(taskId) {
  const [word, state] = parse(taskId);
  const last = watched.get(taskId) ?? (word === 'standing' ? cover(taskId, state) : null);
  watched.set(taskId, last);
  return { taskId, state: last?.state ?? null, interval: 1, startedAt: NOW, checks: 0, last };
}

function parse(taskId) {
  return taskId.split('-')[0].split(':');
}

const methods = {
  initialize(id) {
    answer(id, {
      serverInfo: { name: 'fake', version: '9.9.9', later: true },
      protocolVersion: Number(FAKE_VERSION),
      capabilities: {},
      limits: {},
      journal: { persistent: false, epoch: `epoch-${process.pid}`, lastSequence: changes.length },
      endpoint: 'http://127.0.0.1:1',
      sandbox: process.argv.includes('--sandbox'),
    });
  },
  shutdown(id) {
    if (!FAKE_STUBBORN) {
      answer(id, null);
    }
  },
  ping: (id) => answer(id, {}),
  'cover/status'(id, { taskId }) {
    const [word, argument] = parse(taskId);
    const status = cover(taskId, 'pending');
    (statuses[word] ?? (() => answer(id, status)))(id, argument, status);
  },
  'cover/wait'() {},
  'cover/watch'(id, { taskIds }) {
    if (taskIds.some((taskId) => taskId.startsWith('refused'))) {
      return refuse(id, -32602, { kind: 'invalidParams', parameter: 'taskIds', retryable: false });
    }
    if (taskIds.includes('mute')) {
      return undefined;
    }
    const again = watched.has(taskIds[0]);
    answer(id, { watches: taskIds.map(watch) });
    for (const taskId of taskIds) {
      const [word, argument] = parse(taskId);
      watches[word](taskId, argument, again);
    }
    return undefined;
  },
  'cover/unwatch'(id, { taskIds }) {
    answer(id, { unwatched: taskIds.filter((taskId) => watched.delete(taskId)) });
  },
  'cover/changes'(id, { after, limit }) {
    const found = changes.filter(({ sequence }) => sequence > after);
    answer(id, { changes: found.slice(0, limit), lastSequence: changes.length, more: found.length > limit });
  },
  'cover/download'(id, { directory, progressToken: token }) {
    for (const bytes of [1, 2, 3]) {
      send({ method: '$/progress', params: { token, value: { bytes } } });
    }
    const path = `${directory}/b.png`;
    const file = { url: 'https://a/b.png', path, bytes: 3, mediaType: 'image/png', sha256: '00', warnings: [] };
    answer(id, { files: [file] });
  },
  'cover/generate': (id, { taskId }) => answer(id, { taskId: `cover-of-${taskId}`, reused: false }),
  'bridge/stats'(id) {
    const health = { state: 'rateLimited', message: 'slow', retryAt: NOW };
    send({ method: 'bridge/healthChanged', params: health });
    const journal = { persistent: false, epoch: '', lastSequence: 0 };
    answer(id, { uptime: 1, session: {}, client: {}, watch: {}, journal, health });
  },
};

if (FAKE_STUBBORN) {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1000);
}

let input = '';
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (input + text).split('\n');
  input = lines.pop();
  for (const line of lines) {
    if (FAKE_LOG) {
      fs.appendFileSync(FAKE_LOG, `${line}\n`);
    }
    const { id, method, params } = JSON.parse(line);
    if (method === 'exit' && !FAKE_STUBBORN) {
      process.exit(0);
    }
    methods[method]?.(id, params ?? {});
  }
});
