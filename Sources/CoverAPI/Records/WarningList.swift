import CoverModel
import Jansson

/// The warnings of one record. Each appears once, and their number is bounded.
struct WarningList {
    private(set) var list: [CoverStatus.Warning] = []
    private static let limit = 32

    mutating func add(_ kind: String, _ message: String) {
        let warning = CoverStatus.Warning(kind: kind, message: message)
        guard list.count < Self.limit, !list.contains(warning) else { return }
        list.append(warning)
    }
}

extension JSONValue {
    /// The text in which the API gives a reason; nil if it says nothing. A value that is no text is given as its JSON, because the
    /// reason may be in there.
    var reason: String? { isEmptyRecord ? nil : lenientText ?? jsonText }

    /// A short form of a raw value for a warning, on one line. For arrays and objects it names only the kind.
    var excerpt: String {
        switch kind {
        case .object, .array: "an \(kind.rawValue)"
        case .string: "“" + (string ?? "").presentable(upTo: 60) + "”"
        default: jsonText.presentable(upTo: 60)
        }
    }
}
