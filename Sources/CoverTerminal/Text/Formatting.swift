package import CoverModel

/// Texts for a terminal.
package enum Formatting {
    /// A duration in at most seven characters, such as `1m 46s`.
    package static func elapsed(_ duration: Duration) -> String {
        let seconds = max(0, duration.wholeMilliseconds / 1000)
        func pad(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return switch seconds {
        case ..<60: "\(seconds)s"
        case ..<3600: "\(seconds / 60)m \(pad(seconds % 60))s"
        case ..<86_400: "\(seconds / 3600)h \(pad(seconds / 60 % 60))m"
        default: "\(seconds / 86_400)d \(pad(seconds / 3600 % 24))h"
        }
    }

    /// A progress bar of a number of columns, such as `[####----]`.
    package static func bar(_ part: Double, width: Int) -> String {
        let inner = max(1, width - 2)
        let full = Int((min(max(part, 0), 1) * Double(inner)).rounded(.down))
        return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: inner - full) + "]"
    }

    package static func count(_ number: Int, _ one: String, _ many: String) -> String {
        number == 1 ? "1 \(one)" : "\(number) \(many)"
    }
}

extension CoverState {
    package var style: Style {
        switch self {
        case .pending: .faint
        case .generating: .busy
        case .succeeded: .good
        case .failed: .bad
        case .unknown: .odd
        }
    }
}

extension Span {
    package init(_ state: CoverState) { self.init(state.rawValue, state.style) }

    /// A link to an image, shown as its number.
    package static func link(image number: Int, _ url: String) -> Span { Span("image \(number)", link: url) }
}
