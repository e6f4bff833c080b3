import CoverAPI
import CoverModel
import CoverTerminal
import CoverWatch
import Jansson

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Watches tasks from the start to the last saved image. One loop owns the whole state and the screen. All other parts
/// send inputs to this loop.
struct TaskFollower {
    struct Saving {
        var directory: String
        var overwrite: Bool
    }

    struct Limits {
        /// The time limit for the tasks; nil for none.
        var timeout: Duration?
        /// How long to wait for the first answer of the API. Nil means without a limit.
        var silence: Duration?
    }

    private enum Input: Sendable {
        case event(WatchEvent)
        case signal(Int32)
        case tick
        /// The time limit for the first answer of the API is over.
        case silenceOver(after: Duration)
        case progress(taskId: TaskID, DownloadProgress)
        case saved(taskId: TaskID, Result<[DownloadedFile], CoverError>)
        case broken(any Error)
    }

    private let engine: WatchEngine
    private let client: CoverClient
    private let saving: Saving?
    private let timeline = Timeline.system
    private var renderer: any WatchRenderer
    private var board = WatchBoard()
    private var summary = ExitSummary()
    private var savesUnderWay = 0
    private var isSilenceOver = false
    /// The sequence number of the last change that was shown.
    private var lastShown: Int64?

    init(bridge: Bridge, renderer: any WatchRenderer, saving: Saving?) {
        engine = bridge.engine
        client = bridge.client
        self.renderer = renderer
        self.saving = saving
    }

    /// Shows the changes of the journal after a sequence number.
    mutating func showChanges(after sequence: Int64) async throws {
        var sequence = sequence
        while true {
            let page = try await engine.changes(after: sequence, limit: 1000)
            for entry in page.entries {
                switch entry {
                case .changed(let change): renderer.show(.changed(change))
                case .ended(let end): renderer.show(.ended(end))
                }
                sequence = entry.sequence
                lastShown = sequence
            }
            if !page.more { return }
        }
    }

    /// Watches these tasks, and the open watches of the journal.
    mutating func run(_ taskIds: [TaskID], interval: Duration, _ limits: Limits) async throws -> ExitStatus {
        let (inputs, send) = AsyncStream.makeStream(of: Input.self)
        let (engine, isLive, timeline) = (engine, renderer.isLive, timeline)
        if taskIds.isEmpty, !engine.hasWatches {
            StandardError.write("cover-bridge: the journal has no open watch. Name tasks to follow.\n")
            return .done
        }
        board.add(engine.watches().map(WatchBoard.Entry.init))
        let signals = Signals.stream(of: Signals.endings + (isLive ? [SIGWINCH, SIGTSTP, SIGCONT] : []))
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    do { try await engine.run { event, _ in send.yield(.event(event)) } } catch {
                        send.yield(.broken(error))
                    }
                }
                group.addTask { for await number in signals { send.yield(.signal(number)) } }
                if isLive {
                    group.addTask {
                        while true {
                            send.yield(.tick)
                            try await timeline.sleep(for: .milliseconds(200))
                        }
                    }
                }
                if let silence = limits.silence {
                    group.addTask {
                        try await timeline.sleep(for: silence)
                        send.yield(.silenceOver(after: silence))
                    }
                }
                if let timeout = limits.timeout { try await limitResumed(except: taskIds, to: timeout) }
                let pending = try await engine.watch(taskIds, interval: interval, timeout: limits.timeout)
                board.add(pending.watches.map(WatchBoard.Entry.init))
                pending.activate()
                if board.isOver { return }
                for await input in inputs {
                    if let taskId = try take(input), let saving {
                        savesUnderWay += 1
                        group.addTask { [client] in
                            await Self.save(taskId, saving, client) { send.yield($0) }
                        }
                    }
                    if board.isOver, savesUnderWay == 0 { return }
                }
                // The inputs end before the watches only if this task is cancelled.
                throw CancellationError()
            }
        } catch {
            renderer.close(board, at: timeline.wallTime)
            throw error
        }
        renderer.close(board, at: timeline.wallTime)
        judge(limits.timeout)
        return summary.status
    }

    /// Sets the time limit of the command for the watches of the journal too, so that the command ends. A watch whose
    /// own deadline is earlier keeps it.
    private func limitResumed(except taskIds: [TaskID], to timeout: Duration) async throws {
        let named = Set(taskIds)
        let end = timeline.wallTime.advanced(by: timeout)
        let late = engine.watches().filter { !named.contains($0.taskId) && $0.deadline.map { $0 > end } ?? true }
        for (interval, watches) in Dictionary(grouping: late, by: \.interval) {
            let ids = watches.map(\.taskId)
            try await engine.watch(ids, interval: .seconds(interval), timeout: timeout).activate()
        }
    }

    /// - Returns: the task whose images must be saved now.
    private mutating func take(_ input: Input) throws -> TaskID? {
        switch input {
        case .event(let event):
            board.take(event, at: timeline.wallTime)
            renderer.show(event)
            lastShown = event.sequence ?? lastShown
            try checkSilence()
            guard case .changed(let change) = event, change.final, change.status.state == .succeeded, saving != nil
            else { break }
            if change.status.images.isEmpty {
                board.save(change.taskId, .failed(.noImages(of: change.status)))
            } else {
                board.save(change.taskId, .under(part: 0))
                return change.taskId
            }
        case .silenceOver(let limit):
            isSilenceOver = true
            try checkSilence()
            // If a server accepts a query and says nothing, the query itself fails only after its own time limit.
            if !board.hasAnswer, engine.watches().contains(where: \.isAskedFirst) {
                throw silent("The API has not answered within \(limit.inSeconds.jsonText) s.")
            }
        case .tick, .signal(SIGWINCH), .signal(SIGCONT):
            // Only the tasks that fit on the screen are refreshed. There may be very many tasks, and this runs five
            // times per second.
            board.refresh(engine.watches(of: board.tasks(fitting: Terminal.output.size.rows)))
            renderer.draw(board, at: timeline.wallTime)
        case .signal(SIGTSTP):
            renderer.suspend()
            kill(getpid(), SIGSTOP)
        case .signal:
            throw Failure(code: .interrupted, message: "interrupted; the tasks continue. Resume with: \(resuming.text)")
        case .progress(let taskId, let progress):
            board.save(taskId, .under(part: progress.part, pause: progress.pauseSentence))
            if progress.retry != nil { renderer.show(pause: progress, of: taskId) }
        case .saved(let taskId, .success(let files)):
            savesUnderWay -= 1
            board.save(taskId, .done(files: files.count))
            renderer.show(saved: files, of: taskId)
        case .saved(let taskId, .failure(let error)):
            savesUnderWay -= 1
            board.save(taskId, .failed(error))
        case .broken(let error): throw error
        }
        return nil
    }

    /// Throws if the API has never answered. If the endpoint is wrong, the watches would never end.
    private func checkSilence() throws {
        guard isSilenceOver, board.isUnanswered else { return }
        let silence = board.health.isForeign ? "No answer has been the API's own." : "The API has never answered."
        throw silent("\(board.health.message) \(silence)")
    }

    private func silent(_ reason: String) -> Failure {
        let next = "\"cover-bridge doctor\" shows how far the route to the API works, and --patience 0 waits on."
        return Failure(code: .unreachable, message: "\(reason) \(next)")
    }

    private static func save(
        _ taskId: TaskID,
        _ saving: Saving,
        _ client: CoverClient,
        _ send: @escaping @Sendable (Input) -> Void
    ) async {
        do {
            let percent = Percent()
            let files = try await client.download(taskId: taskId, into: saving.directory, overwrite: saving.overwrite) {
                if $0.retry != nil || percent.rises(to: $0.part) { send(.progress(taskId: taskId, $0)) }
            }
            send(.saved(taskId: taskId, .success(files)))
        } catch let error as CoverError {
            send(.saved(taskId: taskId, .failure(error)))
        } catch {
            // The download was cancelled, and no result is needed.
        }
    }

    private mutating func judge(_ timeout: Duration?) {
        for entry in board.entries {
            if let status = entry.status, status.state == .failed { summary.add(failed: status) }
            switch entry.saving {
            case .failed(let error): summary.add(error, of: entry.taskId, again: downloadCommand(entry.taskId))
            case .done: entry.status.map { summary.add(refusedImagesOf: $0) }
            case .under, nil: break
            }
            guard let end = entry.end else { continue }
            if let error = end.error, !end.isTimeout {
                summary.add(error, of: entry.taskId)
            } else if entry.status == nil, let error = end.error, ExitStatus(error) == .unreachable {
                // No answer about the task was usable. So the failure is the last error, and not that the task took too
                // long.
                summary.add(error, of: entry.taskId)
            } else if entry.status == nil, end.error == nil, board.health.state != .ok {
                summary.add(CoverError(.unreachable, board.health.message), of: entry.taskId)
            } else {
                summary.add(Self.outOfTime(entry, end.error, timeout), of: entry.taskId)
            }
        }
    }

    private static func outOfTime(_ entry: WatchBoard.Entry, _ fault: CoverError?, _ timeout: Duration?) -> CoverError {
        let limit = timeout.map { " within \($0.inSeconds.jsonText) s" } ?? " in time"
        let outcome =
            switch entry.status?.state {
            case nil: "No status of the task came\(limit); if it was ordered, it continues."
            case .succeeded: "The task succeeded, but its images were not there\(limit)."
            default: "The task was not finished\(limit); it continues."
            }
        let cause = fault.map { " The last query failed: \($0.statement)" } ?? ""
        return CoverError(.waitTimeout, "\(outcome)\(cause) Watch it again, with a longer --timeout.")
    }

    /// The command that saves the images of a task.
    private func downloadCommand(_ taskId: TaskID) -> String {
        let words = ["cover-bridge", "download", taskId.text] + (saving.map { ["--directory", $0.directory] } ?? [])
        return words.map(\.quotedForShell).joined(separator: " ")
    }

    private var resuming: ResumeCommand {
        ResumeCommand(entries: board.entries, isSaving: saving != nil, lastShown: lastShown)
    }
}

extension Watch {
    /// Whether the first query about a new task is in flight.
    fileprivate var isAskedFirst: Bool { last == nil && lastCheckedAt == nil && nextCheckAt == nil }
}
