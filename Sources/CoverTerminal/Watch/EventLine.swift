package import CoverModel
package import CoverWatch

/// Writes events for pipes and logs. Each event is one line.
package enum EventLine {
    package static func line(_ event: WatchEvent) -> [Span]? {
        switch event {
        case .changed(let change):
            line(change.taskId, Span(change.status.state), change.status.detail(.inFull).map(\.text).joined())
        case .ended(let end):
            line(end.taskId, Span(end.word, .bad), end.error == nil ? "" : end.explanation)
        case .healthChanged: nil
        }
    }

    package static func line(_ taskId: TaskID, _ word: Span, _ detail: String) -> [Span] {
        [Span(taskId.text + "  "), word] + (detail.isEmpty ? [] : [Span("  " + detail)])
    }
}
