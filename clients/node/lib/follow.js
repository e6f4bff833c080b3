'use strict';

const { ProgressLine } = require('./progress-line.js');

/** Follows tasks to their end. Resolves to the final status of each task, or to the event that ended its watch. */
async function follow(taskIds, changes, progress) {
  const last = new Map(taskIds.map((taskId) => [taskId, null]));
  const line = progress ? ProgressLine.on(process.stderr, last) : undefined;
  try {
    for await (const event of changes) {
      last.set(event.taskId, event);
      line?.draw();
    }
  } finally {
    line?.end();
  }
  return outcomes(last);
}

/** The known outcomes, in the order of the given ids. */
function outcomes(last) {
  return new Map([...last].flatMap(([taskId, event]) => {
    const outcome = event?.status ? event.final && event.status : event;
    return outcome ? [[taskId, outcome]] : [];
  }));
}

module.exports = { follow, outcomes };
