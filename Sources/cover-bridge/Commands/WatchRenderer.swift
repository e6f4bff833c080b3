import CoverAPI
import CoverModel
import CoverTerminal
import CoverWatch
import Jansson
import Synchronization

/// The form in which watches are shown.
protocol WatchRenderer: Sendable {
    /// Whether this renderer redraws a whole screen.
    var isLive: Bool { get }
    mutating func show(_ event: WatchEvent)
    mutating func show(saved files: [DownloadedFile], of taskId: TaskID)
    func show(pause progress: DownloadProgress, of taskId: TaskID)
    mutating func draw(_ board: WatchBoard, at now: Timestamp)
    mutating func suspend()
    mutating func close(_ board: WatchBoard, at now: Timestamp)
}

extension WatchRenderer {
    var isLive: Bool { false }
    func show(pause progress: DownloadProgress, of taskId: TaskID) { StandardError.write(pauseOf: progress, taskId) }
    mutating func draw(_ board: WatchBoard, at now: Timestamp) {}
    mutating func suspend() {}
    mutating func close(_ board: WatchBoard, at now: Timestamp) {}
}

/// The form for programs: the entries of the journal, unchanged. Saved files are reported on standard error.
struct JSONRenderer: WatchRenderer {
    func show(_ event: WatchEvent) {
        switch event {
        case .changed(let change): StandardOutput.write(change.jsonText + "\n")
        case .ended(let end): StandardOutput.write(end.jsonText + "\n")
        case .healthChanged(let health): StandardError.write("cover-bridge: \(health.message)\n")
        }
    }

    func show(saved files: [DownloadedFile], of taskId: TaskID) {
        for file in files {
            StandardError.write("cover-bridge: \(taskId.text.displayable): saved \(file.path.displayable)\n")
        }
    }
}

/// The form for pipes and logs: one line per change.
struct PlainRenderer: WatchRenderer {
    let palette: Palette

    func show(_ event: WatchEvent) {
        if case .healthChanged(let health) = event {
            StandardError.write("cover-bridge: \(health.message)\n")
        } else {
            StandardOutput.write(lines: EventLine.line(event).map { [palette.render($0)] } ?? [])
        }
    }

    func show(saved files: [DownloadedFile], of taskId: TaskID) {
        StandardOutput.write(lines: files.map { palette.render(EventLine.line(taskId, Span("saved", .good), $0.path)) })
    }

    func close(_ board: WatchBoard, at now: Timestamp) {
        StandardOutput.write(lines: board.summary(width: nil, now: now, palette: palette))
    }
}

/// The form for people: a table that is redrawn in place.
struct LiveRenderer: WatchRenderer {
    let palette: Palette
    private let terminal = Terminal.output
    private var screen = LiveScreen(.output)

    init(palette: Palette) { self.palette = palette }

    var isLive: Bool { true }

    func show(_ event: WatchEvent) {}
    func show(saved files: [DownloadedFile], of taskId: TaskID) {}
    func show(pause progress: DownloadProgress, of taskId: TaskID) {}

    mutating func draw(_ board: WatchBoard, at now: Timestamp) {
        let size = terminal.size
        let lines = board.screen(width: size.columns, rows: size.rows, now: now, palette: palette)
        screen.draw(lines, size: size)
    }

    mutating func suspend() { screen.close() }

    mutating func close(_ board: WatchBoard, at now: Timestamp) {
        screen.close(leaving: board.summary(width: terminal.size.columns, now: now, palette: palette))
    }
}

/// Passes on only changes of at least one percent.
final class Percent: Sendable {
    private let last = Mutex(-1)

    func rises(to part: Double) -> Bool {
        let percent = Int(part * 100)
        return last.withLock { last in
            defer { last = percent }
            return percent != last
        }
    }
}
