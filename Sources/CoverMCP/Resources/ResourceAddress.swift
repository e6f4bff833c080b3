import CoverModel

/// The resource that a URI of the bridge names.
enum ResourceAddress: Sendable, Hashable {
    /// `cover://tasks`: the watched tasks.
    case tasks
    /// `cover://tasks/{taskId}`: the status of a task.
    case task(TaskID)
    /// `cover://tasks/{taskId}/images/{n}`: an image of a task, counted from 1.
    case image(TaskID, Int)

    static let taskTemplate = "cover://tasks/{taskId}"
    static let imageTemplate = "cover://tasks/{taskId}/images/{n}"
    private static let root = "cover://tasks"

    init?(_ uri: String) {
        // The URI is split by bytes, because a slash and a combining character after it form one `Character`, which is
        // no slash.
        guard uri.utf8.starts(with: Self.root.utf8) else { return nil }
        let rest = uri.utf8.dropFirst(Self.root.utf8.count)
        let parts = rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        switch parts.count {
        case 1 where parts[0].isEmpty, 2 where parts == ["", ""]: self = .tasks
        case 2 where parts[0].isEmpty:
            guard let id = Self.taskId(parts[1]) else { return nil }
            self = .task(id)
        case 4 where parts[0].isEmpty && parts[2] == "images":
            guard let id = Self.taskId(parts[1]), let number = Int(parts[3]), number > 0, String(number) == parts[3]
            else {
                return nil
            }
            self = .image(id, number)
        default: return nil
        }
    }

    var uri: String {
        switch self {
        case .tasks: Self.root
        case .task(let id): Self.root + "/" + id.percentEncoded
        case .image(let id, let number): Self.root + "/" + id.percentEncoded + "/images/\(number)"
        }
    }

    /// The task of the resource; nil for the list of tasks.
    var taskId: TaskID? {
        switch self {
        case .tasks: nil
        case .task(let id), .image(let id, _): id
        }
    }

    private static func taskId(_ encoded: String) -> TaskID? {
        guard let id = String(percentDecoding: encoded).map(TaskID.init(_:)), id.isValid else { return nil }
        return id
    }
}
