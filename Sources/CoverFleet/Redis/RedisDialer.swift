import Dispatch
import Hiredis
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Makes connections to a Redis: connects, encrypts, logs in, and checks the server.
final class RedisDialer: Sendable {
    private struct State {
        /// The threads of the connections. They are created with the first connection.
        var threads: MultiThreadedEventLoopGroup?
        var isClosed = false
    }

    private let address: RedisAddress
    private let access: RedisAccess
    private let state = Mutex(State())
    /// The queue on which files are read, because reading blocks and must not run in the cooperative pool.
    private let files = DispatchQueue(label: "fleet redis")

    init(_ address: RedisAddress, _ access: RedisAccess) {
        self.address = address
        self.access = access
    }

    deinit { close() }

    /// - Parameter hear: receives the messages of the channel; nil for a link without announcements.
    /// - Throws: ``RedisFault``.
    func link(
        _ line: Int,
        channel: [UInt8],
        hear: (@Sendable ([UInt8]) -> Void)?,
        until deadline: NIODeadline
    ) async throws -> RedisLink {
        let (password, tls) = try await settings()
        let threads = try threads()
        func connection(_ hear: @escaping @Sendable ([UInt8]) -> Void) async throws -> RedisConnection {
            let connection = try await RedisConnection.open(
                address.place,
                tls: tls,
                on: threads,
                until: deadline,
                hear: hear
            )
            do { try await greet(connection, password, until: deadline) } catch {
                connection.close()
                throw error
            }
            return connection
        }
        let commands = try await connection { _ in }
        guard let hear else { return RedisLink(line: line, commands: commands, news: nil) }
        do {
            let news = try await connection(hear)
            let link = RedisLink(line: line, commands: commands, news: news)
            try check(try await news.answers(to: [Command([Array("SUBSCRIBE".utf8), channel])], until: deadline))
            return link
        } catch {
            commands.close()
            throw error
        }
    }

    func close() {
        let threads = state.withLock { state in
            defer { state = State(threads: nil, isClosed: true) }
            return state.threads
        }
        // No caller waits for the end of the threads, because all connections are already closed.
        threads?.shutdownGracefully(queue: files) { _ in }
    }

    private func threads() throws -> MultiThreadedEventLoopGroup {
        try state.withLock { state in
            guard !state.isClosed else { throw RedisFault.closed }
            let threads = state.threads ?? MultiThreadedEventLoopGroup(numberOfThreads: 1)
            state.threads = threads
            return threads
        }
    }

    private func settings() async throws -> (password: String?, tls: NIOSSLContext?) {
        try await withCheckedThrowingContinuation { continuation in
            files.async { [address, access] in
                continuation.resume(
                    with: Result {
                        do {
                            let tls = address.isEncrypted ? try NIOSSLContext(configuration: access.tls()) : nil
                            return (try address.password ?? access.password(), tls)
                        } catch let error as FleetStoreError { throw RedisFault.settings(error.message) }
                    }
                )
            }
        }
    }

    private func greet(_ connection: RedisConnection, _ password: String?, until deadline: NIODeadline) async throws {
        var commands: [Command] = []
        if let password {
            let login = [address.user, password].compactMap(\.self)
            commands.append(Command((["AUTH"] + login).map { Array($0.utf8) }))
        } else if let user = address.user {
            commands.append(Command("AUTH", user, ""))
        }
        if address.database != 0 { commands.append(Command("SELECT", String(address.database))) }
        let info = try await connection.answers(to: commands + [Command("INFO", "server")], until: deadline)
        try check(Array(info.dropLast()))
        // Redis may refuse `INFO` to this user. In that case, a server that is too old shows in errors of the scripts.
        guard case .bytes(let bytes) = info.last else {
            if case .error(let text) = info.last, RedisRefusal(text) != .notAllowed { throw RedisFault.refused(text) }
            return
        }
        try RedisInfo(String(decoding: bytes, as: UTF8.self)).checkVersion()
    }

    private func check(_ answers: [Reply]) throws(RedisFault) {
        for case .error(let text) in answers { throw .refused(text) }
    }
}
