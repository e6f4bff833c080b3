import CoverModel

/// The state of a followed cover.
enum Standing: Sendable {
    /// The task is watched. The status is that of the last change, or nil before the first change.
    case running(CoverStatus?, since: Timestamp)
    case finished(CoverStatus)
    /// The watch ended without a final status.
    case ended(WatchEnded)

    var status: CoverStatus? {
        switch self {
        case .running(let status, _): status
        case .finished(let status): status
        case .ended: nil
        }
    }

    var isRunning: Bool {
        if case .running = self { return true }
        return false
    }

    /// The reason why the cover will have no images; nil if the cover has images or may still get some.
    var reason: String? {
        switch self {
        case .running: nil
        case .finished(let status): status.state == .failed ? status.failure?.message ?? "the API gives no reason" : nil
        case .ended(let end): end.error == nil ? end.reason : end.explanation
        }
    }

    /// A few words about the state, to show after an id.
    func label(at now: Timestamp) -> String {
        if let reason { return "✗ \(reason.shortened(to: 60))" }
        switch self {
        case .running(let status, let since):
            let word = status?.state.rawValue ?? "asking"
            guard let age = Self.age(since.duration(to: now)) else { return word }
            return "\(word) · \(age)"
        case .finished(let status): return "✓ \(Self.count(status.images))"
        case .ended: return "✗"
        }
    }

    /// The time until the label changes; nil if time does not change it.
    func labelChange(after now: Timestamp) -> Duration? {
        guard case .running(_, let since) = self else { return nil }
        let age = max(0, since.duration(to: now).wholeMilliseconds)
        let unit: Int64 = age < 3_600_000 ? 60_000 : age < 86_400_000 ? 3_600_000 : 86_400_000
        return .milliseconds(unit - age % unit)
    }

    /// A duration such as `1 min`, `3 h` or `2 d`, rounded down; nil for less than a minute.
    static func age(_ duration: Duration) -> String? {
        let minutes = duration.wholeMilliseconds / 60_000
        return switch minutes {
        case ..<1: nil
        case ..<60: "\(minutes) min"
        case ..<1440: "\(minutes / 60) h"
        default: "\(minutes / 1440) d"
        }
    }

    static func count(_ images: [String]) -> String {
        switch images.count {
        case 0: "no images"
        case 1: "1 image"
        default: "\(images.count) images"
        }
    }
}

extension String {
    /// The text as one line of limited length.
    func shortened(to limit: Int) -> String {
        let line = split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count <= limit ? line : line.prefix(limit - 1) + "…"
    }
}
