import CoverModel
import Jansson

/// The warnings of one record: each once, and not without end, whatever the record holds.
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
    /// A raw value for a warning: short, on one line; of arrays and objects the kind alone.
    var excerpt: String {
        switch kind {
        case .object, .array: "an \(kind.rawValue)"
        case .string: "“" + (string ?? "").presentable(upTo: 60) + "”"
        default: jsonText.presentable(upTo: 60)
        }
    }
}
