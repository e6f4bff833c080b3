// Follows covers as a plain Node script on fetch would: an async function for each cover.
// Reads the work as JSON from its first argument and prints the result as JSON.

import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const work = JSON.parse(process.argv[2]);
const SUCCEEDED = 1;
const FAILED = 3;
const headers = { Authorization: 'Bearer benchmark' };

let queries = 0;
let succeeded = 0;
// Seconds from the moment when a query was due to the change that it showed.
const lags = [];

// In milliseconds, as performance.now() counts.
const spacing = 1000 / work.rate;
const interval = work.interval * 1000;
let nextTurn = 0;

// The most queries under way: fetch has no limit of its own.
let slots = work.in_flight;
const waiting = [];

const begin = performance.now();
await Promise.all(
  Array.from({ length: work.tasks }, (_, number) =>
    follow(`${work.scenario}-${number}`, begin + (number / work.tasks) * work.spread * 1000)
  )
);
const { userCPUTime, systemCPUTime } = process.resourceUsage();
const peak = Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
const report = { cpu: (userCPUTime + systemCPUTime) / 1e6, peak, queries, succeeded, lags };
// Connections that are kept alive would keep the process running.
process.stdout.write(JSON.stringify(report), () => process.exit());

// Queries a cover every interval, plus or minus a tenth, until it is final.
async function follow(taskId, start) {
  let known;
  let due = start;
  while (known !== SUCCEEDED && known !== FAILED) {
    const wait = due - performance.now();
    if (wait > 0) {
      await sleep(wait);
    }
    await takeTurn();
    await takeSlot();
    const asked = performance.now();
    let record;
    try {
      record = await ask(taskId);
    } finally {
      freeSlot();
    }
    const flag = record.successFlag;
    if (flag !== known) {
      if (known !== undefined) {
        lags.push((performance.now() - due) / 1000);
      }
      known = flag;
    }
    due = asked + interval * (0.9 + 0.2 * Math.random());
  }
  succeeded += known === SUCCEEDED ? 1 : 0;
}

async function ask(taskId) {
  queries += 1;
  const url = `${work.endpoint}/api/v1/suno/cover/record-info?taskId=${encodeURIComponent(taskId)}`;
  const response = await fetch(url, { headers });
  const answer = await response.json();
  if (answer.code !== 200) {
    throw new Error(answer.msg);
  }
  return answer.data;
}

// Waits until the budget allows one more query.
async function takeTurn() {
  const now = performance.now();
  const turn = Math.max(now, nextTurn);
  nextTurn = turn + spacing;
  if (turn > now) {
    await sleep(turn - now);
  }
}

async function takeSlot() {
  if (slots > 0) {
    slots -= 1;
  } else {
    await new Promise((resolve) => waiting.push(resolve));
  }
}

function freeSlot() {
  const next = waiting.shift();
  if (next) {
    next();
  } else {
    slots += 1;
  }
}
