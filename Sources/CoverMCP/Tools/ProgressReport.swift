import CoverAPI
import CoverModel
import CoverService
import CoverWatch
import JSONRPC
import Jansson
import Synchronization

/// Reports the progress of a request to the host, with the host's token.
final class ProgressReport: Sendable {
    private let token: [UInt8]
    private let session: Session
    /// The last reported progress. The protocol requires that progress rises.
    private let last = Mutex(-Double.infinity)
    /// The last known state of the task, for a call of `wait`.
    private let state = Mutex<CoverState?>(nil)

    init(token: [UInt8], session: Session) {
        self.token = token
        self.session = session
    }

    /// Reports the number of downloaded images. The current image counts as a fraction, by its bytes.
    func report(_ progress: DownloadProgress) {
        if let pause = progress.pauseSentence {
            return report(max(Double(progress.image - 1), least), of: Double(progress.images), pause)
        }
        let part: Double =
            if let total = progress.totalBytes, total > 0 {
                Double(progress.receivedBytes) / Double(total)
            } else {
                0
            }
        report(
            Double(progress.image - 1) + min(1, part),
            of: Double(progress.images),
            "image \(progress.image) of \(progress.images)"
        )
    }

    /// The least progress of a report that must be sent, because progress must rise.
    private var least: Double { last.withLock(\.self) + 0.01 }

    func report(_ progress: Double, of total: Double?, _ message: String) {
        let isNews = last.withLock { last in
            // A report is sent only if the progress has risen by a hundredth of an image, or if a tenth of a second has
            // passed.
            guard progress >= last + 0.01 || (progress > last && progress == total) else { return false }
            last = progress
            return true
        }
        guard isNews else { return }
        session.notify(
            "notifications/progress",
            Report(token: token, progress: progress, total: total, message: message)
        )
    }

    private struct Report: JSONEncodable {
        let token: [UInt8]
        let progress: Double
        let total: Double?
        let message: String

        func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("progressToken") { $0.raw(token) }
                $0.member("progress", progress)
                if let total { $0.member("total", total) }
                $0.member("message", message)
            }
        }
    }
}

/// The task for which a call of `wait` waits, and the time limit of the call.
struct WaitingTask: Sendable {
    let taskId: TaskID
    /// The time limit in seconds.
    let timeout: Double?

    init(_ arguments: JSONValue?) {
        taskId = arguments?["taskId"]?.string.map(TaskID.init(_:)) ?? ""
        timeout = arguments?["timeout"]?.number
    }
}

extension ProgressReport {
    /// The time between two reports that are sent without a change of the state.
    private static let quietLimit = Duration.seconds(5)

    /// Reports the seconds of a wait while it lasts. A report is sent at the start, at each change of the state, and
    /// every five seconds.
    func during<Value: Sendable>(
        _ work: @Sendable () async throws -> Value,
        _ task: WaitingTask,
        _ service: CoverService
    ) async throws -> Value {
        // The stream is created before the work begins, so that no state is missed.
        let start = service.timeline.now
        let states = service.engine.states(of: task.taskId)
        state.withLock { $0 = service.client.remembered(task.taskId)?.state }
        reportSeconds(since: start, task, service)
        async let _ = reportChanges(states, since: start, task, service)
        return try await work()
    }

    private func reportChanges(
        _ states: AsyncStream<CoverState>,
        since start: Duration,
        _ task: WaitingTask,
        _ service: CoverService
    ) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await state in states {
                    self.state.withLock { $0 = state }
                    self.reportSeconds(since: start, task, service)
                }
            }
            group.addTask {
                while (try? await service.timeline.sleep(for: Self.quietLimit)) != nil {
                    self.reportSeconds(since: start, task, service)
                }
            }
        }
    }

    private func reportSeconds(since start: Duration, _ task: WaitingTask, _ service: CoverService) {
        let seconds = (service.timeline.now - start) / .seconds(1)
        report(
            max((seconds * 100).rounded() / 100, least),
            of: task.timeout,
            state.withLock(\.self)?.rawValue ?? "waiting for the first answer"
        )
    }
}
