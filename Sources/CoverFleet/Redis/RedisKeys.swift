import CoverModel

/// The keys and the channel of one fleet. All keys contain the same hash tag, so that a Redis cluster keeps them on one
/// node.
struct RedisKeys: Sendable, Hashable {
    private let prefix: String

    init(group: String) { prefix = "{cover-bridge:\(group)}:" }

    var fleet: [UInt8] { key("fleet") }
    var bridges: [UInt8] { key("bridges") }
    /// The key of the list of the tasks with the most recent readings.
    var latest: [UInt8] { key("latest") }
    /// A key that is written to test the permissions, and then removed.
    var probe: [UInt8] { key("probe") }
    var channel: [UInt8] { key("news") }

    func task(_ taskId: TaskID) -> [UInt8] { key("task:" + taskId.text) }

    private func key(_ name: String) -> [UInt8] { Array((prefix + name).utf8) }
}
