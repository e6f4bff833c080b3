// Receives the changes of many covers through the Node client, as a program would.
//
// usage: receive_node.mjs COVERS BATCH COMMAND...    COMMAND starts the bridge; each watch has BATCH covers
// Prints the number of events, and their processor time in seconds.

import { CoverBridge } from '../../../clients/node/index.mjs';

const [covers, batch] = process.argv.slice(2, 4).map(Number);
const ids = Array.from({ length: covers }, (_, number) => `success-20s-${number}`);
const bridge = new CoverBridge({ command: process.argv.slice(4) });
let events = 0;

const loops = [];
for (let first = 0; first < covers; first += batch) {
  loops.push(receive(bridge.watch(ids.slice(first, first + batch))));
}
// All watches are answered: the measurement begins here.
await bridge.ping();
const before = process.cpuUsage();
await Promise.all([bridge.sync(), ...loops]);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ events, cpu: (user + system) / 1e6 }));

async function receive(changes) {
  for await (const { status } of changes) {
    events += status === undefined ? 0 : 1;
  }
}
