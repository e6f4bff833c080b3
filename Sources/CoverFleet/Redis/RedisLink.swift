/// The connections of a bridge.
final class RedisLink: Sendable {
    /// The number of this link. Each new link of a bridge has a higher number.
    let line: Int
    let commands: RedisConnection
    /// The connection for announcements.
    let news: RedisConnection

    init(line: Int, commands: RedisConnection, news: RedisConnection) {
        self.line = line
        self.commands = commands
        self.news = news
    }

    var isActive: Bool { commands.isActive && news.isActive }

    func close() {
        commands.close()
        news.close()
    }
}
