import CoverAPI
import CoverModel
import CoverTerminal
import Synchronization

/// A line on standard error with the progress of downloads. If standard error is no terminal, only the pauses after
/// faults of the host of an image are printed.
final class ProgressLine: Sendable {
    private struct State {
        var parts: [TaskID: Double] = [:]
        var isShown = false
        var lastDrawn: Duration?
    }

    private let state = Mutex(State())
    private let palette: Palette
    private let tasks: Int
    private let terminal = Terminal.errors
    private let timeline = Timeline.system

    init(palette: Palette, tasks: Int) {
        self.palette = palette
        self.tasks = tasks
    }

    func show(_ progress: DownloadProgress, of taskId: TaskID) {
        if progress.retry != nil {
            clear()
            return StandardError.write(pauseOf: progress, taskId)
        }
        guard terminal.isInteractive else { return }
        state.withLock { state in
            state.parts[taskId] = progress.part
            let now = timeline.now
            // Ten updates per second are enough for people and for slow terminals.
            if let last = state.lastDrawn, now - last < .milliseconds(100) { return }
            (state.lastDrawn, state.isShown) = (now, true)
            let part = state.parts.values.reduce(0, +) / Double(max(1, tasks))
            let line = Self.line(part, tasks: tasks, width: terminal.size.columns)
            StandardError.write("\r" + palette.render(line) + "\u{1B}[K")
        }
    }

    func done(_ taskId: TaskID) { state.withLock { $0.parts[taskId] = 1 } }

    /// Removes the line before other lines are written.
    func clear() {
        state.withLock { state in
            if state.isShown { StandardError.write("\r\u{1B}[K") }
            state.isShown = false
        }
    }

    /// The text of the line. The last column of the terminal stays free.
    static func line(_ part: Double, tasks: Int, width: Int) -> [Span] {
        let percent = "\(Int(part * 100))%"
        let full = "saving \(Formatting.count(tasks, "cover task", "cover tasks")) \(percent)"
        let words = [full, "saving \(percent)"].first { $0.columns < width } ?? percent
        let room = min(40, width - words.columns - 2)
        let bar = room >= 8 ? [Span(Formatting.bar(part, width: room), .busy), Span(" ")] : []
        return (bar + [Span(words)]).fitted(to: width - 1)
    }
}

extension StandardError {
    /// Prints a line about the pause in a download; nothing if there is none.
    static func write(pauseOf progress: DownloadProgress, _ taskId: TaskID) {
        if let pause = progress.pauseSentence { write("cover-bridge: \(taskId.text.displayable): \(pause)\n") }
    }
}

extension DownloadProgress {
    /// The part of all bytes of the images that has arrived, in 0...1. It is exact only if the server says how long
    /// each image is.
    var part: Double {
        let inImage = totalBytes.map { $0 > 0 ? Double(receivedBytes) / Double($0) : 0 } ?? 0
        return (Double(image - 1) + min(inImage, 1)) / Double(max(1, images))
    }
}
