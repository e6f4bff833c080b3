import CoverAPI
import CoverService
import JSONRPC
import Jansson
import Synchronization

/// Tells the host how far a request is, with the token that it gave.
final class ProgressReport: Sendable {
    private let token: JSONValue
    private let session: Session
    /// What was told last: progress must rise.
    private let last = Mutex(-Double.infinity)

    init(token: JSONValue, session: Session) {
        self.token = token
        self.session = session
    }

    /// How many images of a download are there; the one that is coming counts by its bytes.
    func tell(_ progress: DownloadProgress) {
        let part: Double =
            if let total = progress.totalBytes, total > 0 {
                Double(progress.receivedBytes) / Double(total)
            } else {
                0
            }
        tell(
            Double(progress.image - 1) + min(1, part),
            of: Double(progress.images),
            "image \(progress.image) of \(progress.images)"
        )
    }

    func tell(_ progress: Double, of total: Double?, _ message: String) {
        let isNews = last.withLock { last in
            // A hundredth of an image, or a tenth of a second.
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
        let token: JSONValue
        let progress: Double
        let total: Double?
        let message: String

        func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("progressToken", token)
                $0.member("progress", progress)
                if let total { $0.member("total", total) }
                $0.member("message", message)
            }
        }
    }
}

/// What is waited for, and how long at most.
struct WaitingTask: Sendable {
    let taskId: TaskID
    /// Seconds.
    let timeout: Double?

    init(_ arguments: JSONValue?) {
        taskId = arguments?["taskId"]?.string.map(TaskID.init(_:)) ?? ""
        timeout = arguments?["timeout"]?.number
    }
}

extension ProgressReport {
    /// How often a wait looks whether there is something to tell.
    private static let tick = Duration.seconds(1)
    /// After how many looks it tells that nothing has changed.
    private static let quietTicks = 5

    /// Tells the seconds of a wait while it lasts: at once, when the state changes, and every five seconds.
    func during(
        _ work: @Sendable () async throws -> Reply,
        _ task: WaitingTask,
        _ service: CoverService
    ) async throws -> Reply {
        async let _ = tellSeconds(task, service)
        return try await work()
    }

    private func tellSeconds(_ task: WaitingTask, _ service: CoverService) async {
        let start = service.timeline.now
        var told: CoverState?
        var ticks = 0
        repeat {
            let state = service.client.remembered(task.taskId)?.state
            if ticks % Self.quietTicks == 0 || state != told {
                let seconds = (service.timeline.now - start) / .seconds(1)
                tell(
                    (seconds * 100).rounded() / 100,
                    of: task.timeout,
                    state?.rawValue ?? "waiting for the first answer"
                )
                told = state
            }
            ticks += 1
        } while (try? await service.timeline.sleep(for: Self.tick)) != nil
    }
}
