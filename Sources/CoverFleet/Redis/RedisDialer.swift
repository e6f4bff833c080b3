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
        /// The last fault of TLS, its reason, and how long the reason is remembered.
        var explanation: (fault: RedisFault, reason: RedisFault, until: NIODeadline)?
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

    /// Makes both connections of a link. The second one subscribes to the channel, even for a view that does not need
    /// announcements: so every program that uses the store finds out whether a bridge may subscribe.
    ///
    /// - Parameter hear: receives the messages of the channel.
    /// - Throws: ``RedisFault``.
    func link(
        _ line: Int,
        channel: [UInt8],
        until deadline: NIODeadline,
        hear: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> RedisLink {
        let (password, tls) = try await settings()
        let threads = try threads()
        func connection(_ hear: @escaping @Sendable ([UInt8]) -> Void) async throws -> RedisConnection {
            do {
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
            } catch { throw await explained(RedisFault(error), tls, on: threads) }
        }
        let commands = try await connection { _ in }
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

    private func settings() async throws -> (password: String?, tls: RedisTLS?) {
        try await blocking { [address, access] in
            do {
                // The file is an option, so it comes before the address in the environment.
                let password = try access.password() ?? address.password
                guard case .host(let host, _) = address.place, address.isEncrypted else { return (password, nil) }
                let context = try NIOSSLContext(configuration: access.trust.settings())
                return (password, RedisTLS(host: host, context: context, trust: access.trust))
            } catch let error as FleetStoreError { throw RedisFault.settings(error.message) }
        }
    }

    /// Runs work that blocks, such as reading a file.
    private func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            files.async { continuation.resume(with: Result { try work() }) }
        }
    }

    /// How long the search for the reason of a fault may take, in addition to the operation that failed.
    private static let explanation: TimeAmount = .seconds(2)
    /// How long the reason of a fault is remembered. A bridge tries again several times a second, and the search delays
    /// it.
    private static let memory: TimeAmount = .seconds(5)

    /// Finds the reason of a fault of TLS. NIOSSL's errors do not contain it, so this makes a second handshake.
    private func explained(
        _ fault: RedisFault,
        _ tls: RedisTLS?,
        on threads: MultiThreadedEventLoopGroup
    ) async -> RedisFault {
        guard let tls, case .host(_, let port) = address.place, [.untrusted(nil), .turnedAway].contains(fault) else {
            return fault
        }
        if let known = state.withLock(\.explanation), known.fault == fault, known.until > .now() { return known.reason }
        let reason = await searchedReason(of: fault, tls, port, on: threads)
        state.withLock { $0.explanation = (fault, reason, .now() + Self.memory) }
        return reason
    }

    private func searchedReason(
        of fault: RedisFault,
        _ tls: RedisTLS,
        _ port: Int,
        on threads: MultiThreadedEventLoopGroup
    ) async -> RedisFault {
        let inspection = try? await tls.inspection(
            of: port,
            on: threads,
            until: .now() + Self.explanation,
            waitsForEnd: fault == .turnedAway
        )
        guard let inspection else { return fault }
        if fault == .turnedAway { return inspection.fault == .wantsClientCertificate ? .wantsClientCertificate : fault }
        let reason = try? await blocking { tls.trust.fault(inspection.chain, tls.host) }
        return .untrusted(reason ?? nil)
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
        if password == nil, address.user != nil, case .error(let text) = info[0], RedisRefusal(text) == .wrongPassword {
            throw RedisFault.passwordMissing
        }
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
