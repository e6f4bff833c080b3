// The least cost of receiving in Node: reads the same bytes and parses each line.
//
// usage: receive_bare.mjs COVERS COMMAND...    COMMAND starts the bridge

import { spawn } from 'node:child_process';

const [count, file, ...args] = process.argv.slice(2);
const taskIds = Array.from({ length: Number(count) }, (_, number) => `success-20s-${number}`);
const { stdin, stdout } = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
let rest = '';
let events = 0;
let before;

stdout.setEncoding('utf8').on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    take(JSON.parse(line));
  }
});
ask(1, 'cover/watch', { taskIds });

function take({ id, method }) {
  if (method !== undefined) {
    events += 1;
  } else if (id === 1) {
    before = process.cpuUsage();
    ask(2, 'cover/sync', {});
  } else {
    const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify({ events, cpu: (user + system) / 1e6 }));
    stdin.end();
  }
}

function ask(id, method, params) {
  stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
}
