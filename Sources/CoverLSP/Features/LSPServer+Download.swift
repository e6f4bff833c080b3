import CoverAPI
import CoverModel
import CoverService
import JSONRPC
import Jansson
import Synchronization

extension LSPServer {
    /// Saves the images of a cover. If the client shows a progress, the user can cancel it there.
    ///
    /// - Parameter token: the token of a progress that the client began.
    func download(
        _ taskId: TaskID,
        into folder: String,
        token: JSONValue?,
        _ session: Session
    ) throws(RPCError) -> Outcome {
        let canCreate = state.withLock(\.client.workDoneProgress)
        let progress = WorkDoneProgress(token: token.map { ProgressToken($0) } ?? newToken(), session: session)
        let report = DownloadReport(progress)
        let answer = try service.answer(
            Download.self,
            DownloadParameters(taskId: taskId, directory: folder).parameters,
            in: session,
            onProgress: report.show
        )
        return answer.outcome { work in
            let isShown = if token != nil { true } else if canCreate { await progress.create() } else { false }
            guard isShown else { return try await work() }
            return try await self.cancellable(progress) {
                report.begin("Download of cover \(taskId.text.shortened(to: 40))")
                return try await work()
            }
        } _: { result, onDelivery throws(RPCError) in
            let files = try result.get().files
            self.show(.info, "Saved \(files.map(\.path).joined(separator: ", "))", session)
            return Reply(encoded: Reply.null.result, onDelivery: onDelivery)
        }
    }

    /// Runs work that the user can cancel through a progress, and ends the progress with it.
    private func cancellable<Value: Sendable>(
        _ progress: WorkDoneProgress,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await work() }
        onCancel(of: progress.token) { task.cancel() }
        defer {
            forget(progress.token)
            progress.end(nil)
        }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch is CancellationError {
            throw RPCError.cancelled
        }
    }
}

/// Reports the progress of a download to the client. There is one report for each percent and for each pause, and no
/// report before the progress has begun.
private final class DownloadReport: Sendable {
    private let progress: WorkDoneProgress
    /// The last reported percentage; nil before the progress has begun.
    private let percentage = Mutex<Int?>(nil)

    init(_ progress: WorkDoneProgress) { self.progress = progress }

    func begin(_ title: String) {
        percentage.withLock { $0 = 0 }
        progress.begin(title)
    }

    func show(_ download: DownloadProgress) {
        if let pause = download.pauseSentence {
            if let known = percentage.withLock(\.self) { progress.report(pause, known) }
            return
        }
        let part = download.totalBytes.map { $0 > 0 ? Double(download.receivedBytes) / Double($0) : 1 } ?? 0
        let now = min(100, Int((Double(download.image - 1) + part) * 100 / Double(max(1, download.images))))
        let isNews = percentage.withLock { last in
            guard let known = last, known < now else { return false }
            last = now
            return true
        }
        if isNews { progress.report("image \(download.image) of \(download.images)", now) }
    }
}

private struct DownloadParameters: JSONEncodable {
    let taskId: TaskID
    let directory: String

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("taskId", taskId)
            $0.member("directory", directory)
        }
    }
}
