// Checks the declarations. The file is compiled, but never run.
import {
  BridgeDied,
  CoverBridge,
  CoverBridgeError,
  WaitTimeout,
  type CoverStatus,
  type State,
  type WatchEvent,
} from 'cover-bridge';

async function follow(signal: AbortSignal): Promise<void> {
  const bridge = new CoverBridge({ sandbox: true, restart: true, onHealth: ({ state }) => state === 'degraded' });
  for await (const event of bridge.watch(new Set(['a', 'b']), { interval: 5, signal })) {
    if ('status' in event) {
      const created: Date | null = event.status.createdAt;
      const before: State | null = event.previous;
      show(created, before);
    } else {
      const error: CoverBridgeError | null = event.error;
      show(event.reason, error?.retryAfter);
    }
  }
  const events: readonly WatchEvent[] = (await bridge.changes({ after: 3 })).changes;
  const status: CoverStatus = await (await bridge.start()).wait('a', { timeout: 5 });
  const followed = await bridge.follow(['a'], { progress: true, timeout: 5 });
  for (const [taskId, outcome] of followed) {
    show(taskId, 'state' in outcome ? outcome.images : outcome.reason);
  }
  const stream = bridge.watch('a');
  const step = await stream.next();
  show(events, status.images[0], step.done ? undefined : step.value.sequence, await bridge.credits());
  await stream[Symbol.asyncDispose]();
  await bridge.download('a', new URL('file:///tmp'), { progress: (report) => show(report.bytes) });
  await bridge[Symbol.asyncDispose]();
}

function explain(error: unknown): string | undefined {
  if (error instanceof WaitTimeout) {
    return error.last?.state;
  }
  if (error instanceof BridgeDied) {
    return `${error.exitCode ?? error.signal} ${error.stderrTail}`;
  }
  return error instanceof CoverBridgeError && error.kind === 'rateLimited' ? error.apiMessage : undefined;
}

async function refused(bridge: CoverBridge): Promise<void> {
  // @ts-expect-error: an id is a string
  await bridge.status(1);
  // @ts-expect-error: there is no such option
  new CoverBridge({ sandBox: true });
  const status = await bridge.status('a');
  // @ts-expect-error: shapes are read-only
  status.state = 'failed';
}

declare function show(...values: unknown[]): void;

show(follow, explain, refused);
