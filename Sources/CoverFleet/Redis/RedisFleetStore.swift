import CoverModel
import Hiredis
import NIOCore
import Synchronization

/// A fleet in a Redis server. The fleet serves the processes of many hosts.
///
/// The store has two connections: one for commands, and one for announcements. Each decision is a script, which Redis
/// runs atomically.
package final class RedisFleetStore: FleetStore {
    struct State {
        var bridge: FleetBridge?
        var link: RedisLink?
        var opening: Task<RedisLink, any Error>?
        var held = HeldClaims()
        /// The number of the current connection of this bridge. It differs from the numbers of earlier connections,
        /// whose commands may still reach Redis.
        var line = 0
        var isClosed = false
        /// Whether an earlier connection received announcements. Later connections may have missed some.
        var hasListened = false
        /// Why the last attempt to connect failed, and when the next one is allowed.
        var failure: (error: FleetStoreError, until: NIODeadline)?
    }

    package let announcements: AsyncStream<FleetAnnouncement>
    let sink: AsyncStream<FleetAnnouncement>.Continuation
    let address: RedisAddress
    let keys: RedisKeys
    let dialer: RedisDialer
    private let patience: Duration
    /// The clock of the fleet. Nil means the clock of Redis.
    private let clock: (@Sendable () -> Duration)?
    let state = Mutex(State())

    /// Connects to the Redis. If the Redis does not answer, a later operation connects.
    ///
    /// - Parameters:
    ///   - group: identifies the fleet. A Redis may have several fleets.
    ///   - access: the password and the settings of TLS.
    ///   - patience: how long an operation may take. Only tests set this.
    ///   - clock: the clock of the fleet. The default is the clock of Redis. Only tests set this.
    /// - Throws: ``FleetStoreError``: `unusable`.
    package static func open(
        _ address: RedisAddress,
        group: String,
        access: RedisAccess,
        patience: Duration = FleetLimits.patience,
        clock: (@Sendable () -> Duration)? = nil
    ) async throws -> RedisFleetStore {
        let store = RedisFleetStore(address, group: group, access: access, patience: patience, clock: clock)
        do { _ = try await store.linked(until: .now() + .init(patience)) } catch let error as FleetStoreError {
            if error.kind == .unusable {
                await store.close()
                throw error
            }
        }
        return store
    }

    private init(
        _ address: RedisAddress,
        group: String,
        access: RedisAccess,
        patience: Duration,
        clock: (@Sendable () -> Duration)?
    ) {
        self.address = address
        self.patience = patience
        self.clock = clock
        keys = RedisKeys(group: group)
        dialer = RedisDialer(address, access)
        // If the buffer is full, the oldest announcement is dropped. This is allowed, because announcements may be
        // lost.
        (announcements, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(100_000))
    }

    deinit {
        state.withLock { $0.link }?.close()
        dialer.close()
    }

    package func join(_ bridge: FleetBridge) async throws -> FleetView {
        state.withLock { $0.bridge = bridge }
        return try await beat()
    }

    package func beat() async throws -> FleetView {
        let bridge = try joined()
        return try await perform { [keys] call in
            async let isHeard: Void = call.checkNews()
            var answer = try await call.run(.beat, [keys.fleet, keys.bridges, keys.latest], by: bridge)
            try await isHeard
            let (rate, highest, pause) = (try answer.number(), try answer.number(), try answer.pause())
            let bridges = try answer.array().compactMap { $0.text.flatMap(UInt64.init).map(FleetBridge.ID.init) }
            return FleetView(bridges: bridges.sorted(), rate: rate, highestRate: highest, pause: pause)
        }
    }

    package func leave() async throws {
        let bridge = try joined()
        _ = try await perform { [keys] in try await $0.run(.leave, [keys.fleet, keys.bridges], by: bridge) }
    }

    package func begin(_ request: FleetRequest) async throws -> FleetAnswer {
        let bridge = try joined()
        let taskId = request.taskId
        return try await claiming(taskId) { [keys] call in
            var unwanted: Int64 = 0
            while true {
                var answer = try await call.run(
                    .begin,
                    [keys.fleet, keys.bridges, keys.task(taskId)],
                    by: bridge,
                    request.words + [String(unwanted)]
                )
                guard answer.word == "reading" else { return .turn(try answer.turn(taskId)) }
                let (number, reading) = try answer.reading(of: taskId)
                if let reading { return .reading(reading) }
                // The stored text is no reading of this task. So the reading counts as absent.
                unwanted = number.value
            }
        } claim: {
            if case .turn(.go(let claim)) = $0 { claim } else { nil }
        }
    }

    package func take(_ urgency: FleetUrgency) async throws -> FleetTurn {
        let bridge = try joined()
        return try await claiming(nil) { [keys] call in
            var answer = try await call.run(.take, [keys.fleet, keys.bridges], by: bridge, [urgency.word])
            return try answer.turn(nil)
        } claim: {
            if case .go(let claim) = $0 { claim } else { nil }
        }
    }

    package func finish(_ claim: FleetClaim, _ outcome: FleetOutcome) async throws -> FleetReceipt {
        let bridge = try joined()
        let receipt = try await perform { [keys] call in
            let task = claim.taskId.map { [keys.task($0), keys.latest] } ?? []
            var answer = try await call.run(
                .finish,
                [keys.fleet, keys.bridges] + task,
                by: bridge,
                claim.words(outcome)
            )
            let (epoch, value) = (try answer.epoch(), try answer.integer())
            let number = value > 0 ? ReadingNumber(epoch: epoch, value: value) : nil
            return FleetReceipt(number: number, pause: try answer.pause())
        }
        state.withLock { $0.held.finished(claim) }
        return receipt
    }

    package func overview(tasks count: Int) async throws -> FleetOverview {
        try await perform { [keys] call in
            var answer = try await call.run(
                .overview,
                [keys.fleet, keys.bridges, keys.latest],
                by: nil,
                [String(max(0, min(count, FleetScript.latest)))]
            )
            let (rate, burst, tokens) = (try answer.number(), try answer.number(), try answer.number())
            let (granted, pause) = (try answer.integer(), try answer.pause())
            let members = try answer.array().map { row in
                var row = try ScriptAnswer(row: row)
                return try row.member()
            }
            let ids = try answer.array().compactMap { $0.text.map { TaskID($0) } }
            return FleetOverview(
                members: members.sorted { ($1.presentFor, $0.bridge.id) < ($0.presentFor, $1.bridge.id) },
                rate: rate,
                burst: burst,
                tokens: tokens,
                granted: granted,
                pause: pause,
                tasks: try await call.tasks(ids)
            )
        }
    }

    package func close() async {
        let (link, opening) = state.withLock { state in
            defer { (state.link, state.isClosed) = (nil, true) }
            return (state.link, state.opening)
        }
        link?.close()
        sink.finish()
        (try? await opening?.value)?.close()
        dialer.close()
    }

    private func joined() throws(FleetStoreError) -> FleetBridge {
        guard let bridge = state.withLock(\.bridge) else { throw .notJoined }
        return bridge
    }

    /// Requests a claim. If the answer is lost, this function records that the store may have granted the claim.
    private func claiming<Value: Sendable>(
        _ taskId: TaskID?,
        _ body: @Sendable (RedisCall) async throws -> Value,
        claim: (Value) -> FleetClaim?
    ) async throws -> Value {
        do {
            let value = try await perform(body)
            if let claim = claim(value) { state.withLock { $0.held.granted(claim) } }
            return value
        } catch {
            state.withLock { $0.held.lost(taskId) }
            throw error
        }
    }

    /// Runs an operation over the connection, and drops the connection if it fails.
    func perform<Value: Sendable>(_ body: @Sendable (RedisCall) async throws -> Value) async throws -> Value {
        let deadline = NIODeadline.now() + .init(patience)
        let link = try await linked(until: deadline)
        do {
            return try await body(call(link, until: deadline))
        } catch let fault as RedisFault {
            if fault.endsConnection { drop(link) }
            throw FleetStoreError(fault, at: address)
        } catch {
            throw FleetStoreError(.refused("an answer of another form"), at: address)
        }
    }

    /// Closes the connection. The next operation connects again.
    func drop(_ link: RedisLink) {
        link.close()
        state.withLock { if $0.link === link { $0.link = nil } }
    }

    func call(_ link: RedisLink, until deadline: NIODeadline) -> RedisCall {
        RedisCall(link: link, keys: keys, time: clock?(), deadline: deadline)
    }
}

extension TimeAmount {
    init(_ duration: Duration) { self = .microseconds(duration.wholeMicroseconds) }
}
