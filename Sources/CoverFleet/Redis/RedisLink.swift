/// The connections of a bridge.
final class RedisLink: Sendable {
    /// Rises from link to link of a bridge.
    let line: Int
    let commands: RedisConnection
    /// The connection for announcements; nil for a view without them.
    let news: RedisConnection?

    init(line: Int, commands: RedisConnection, news: RedisConnection?) {
        self.line = line
        self.commands = commands
        self.news = news
    }

    var isActive: Bool { commands.isActive && news?.isActive ?? true }

    func close() {
        commands.close()
        news?.close()
    }
}
