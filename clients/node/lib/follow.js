'use strict';

const { ProgressLine } = require('./progress-line.js');

const silent = { draw() {}, end() {} };

/** Follows tasks to their end. Resolves to how each ended: its final status, or the event that ended its watch. */
async function follow(taskIds, watch, { progress = false }) {
  const last = new Map(taskIds.map((taskId) => [taskId, null]));
  const line = (progress && ProgressLine.on(process.stderr, last)) || silent;
  try {
    for await (const event of watch()) {
      last.set(event.taskId, event);
      line.draw();
    }
  } finally {
    line.end();
  }
  return outcomes(last);
}

/** Of the tasks whose end is known, in the order they were named. */
function outcomes(last) {
  return new Map([...last].flatMap(([taskId, event]) => {
    const outcome = event?.status ? event.final && event.status : event;
    return outcome ? [[taskId, outcome]] : [];
  }));
}

module.exports = { follow, outcomes };
