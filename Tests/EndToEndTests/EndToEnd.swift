import Dispatch

/// Runs the end-to-end tests one after another on a thread of their own. This thread may block, because it is not in
/// the cooperative pool.
@globalActor actor EndToEnd {
    static let shared = EndToEnd()

    private let executor = BlockingExecutor()

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
}

private final class BlockingExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "end-to-end")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }
}
