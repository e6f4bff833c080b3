import CoverModel
import Foundation
import SQLite
import Synchronization
import TestSupport
import Testing

@testable import CoverFleet

/// The stores that the conformance tests check.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case memory, file, redis

    var testDescription: String { rawValue }

    func fleet() throws -> any TestedFleet {
        switch self {
        case .memory: TestedMemoryFleet()
        case .file: try TestedFileFleet()
        case .redis: try TestedRedisFleet()
        }
    }
}

/// A fleet with its clock, for the conformance tests. Tests can open more connections to its store, and can empty the
/// store.
protocol TestedFleet: Sendable {
    var time: StoreTime { get }
    /// A new connection to the store, as another process would open it.
    func store() async throws -> any FleetStore
    /// Empties the store.
    func flush() async throws
}

extension TestedFleet {
    /// A new bridge that has joined the fleet.
    func bridge(_ id: UInt64, rate: Double = 100, burst: Double = 10) async throws -> any FleetStore {
        let store = try await store()
        _ = try await store.join(FleetBridge(id: .init(id), rate: rate, burst: burst, name: "bridge \(id)"))
        return store
    }
}

/// A store's clock that stands still until a test moves it, in either direction.
final class StoreTime: Sendable {
    private let moment = Mutex<Duration>(.seconds(1_000_000))

    var now: Duration { moment.withLock(\.self) }

    func advance(by duration: Duration) { moment.withLock { $0 += duration } }
}

private final class TestedMemoryFleet: TestedFleet {
    let time: StoreTime
    private let fleet: MemoryFleet

    init() {
        let time = StoreTime()
        self.time = time
        fleet = MemoryFleet { time.now }
    }

    func store() async throws -> any FleetStore { fleet.store() }

    func flush() async throws { fleet.flush() }
}

private final class TestedFileFleet: TestedFleet {
    let time = StoreTime()
    private let folder: FleetFolder

    init() throws { folder = try FleetFolder() }

    func store() async throws -> any FleetStore { try await folder.store(time: time) }

    func flush() async throws {
        let connection = try folder.connection()
        try connection.transaction {
            try connection.execute("DELETE FROM fleet; DELETE FROM bridge; DELETE FROM task")
        }
    }
}

/// A temporary folder with the file of a fleet. The folder is removed when this value is freed.
final class FleetFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "cover-fleet-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var file: String { path + "/fleet" }

    /// - Parameter patience: how long an operation may wait for a lock. The tests allow more than the usual second,
    ///   because many tests that run at once may delay each other.
    func store(
        time: StoreTime,
        group: String = "0123456789abcdef",
        patience: Duration = .seconds(60),
        start: String? = nil
    ) async throws -> FileFleetStore {
        try await FileFleetStore.open(path: file, group: group, patience: patience, start: start) { time.now }
    }

    /// A connection to the file, as another process would open it.
    func connection(busyLimit: Duration = .seconds(1)) throws -> Connection {
        try Connection(path: file, busyLimit: busyLimit)
    }
}

extension FleetAnswer {
    var claim: FleetClaim? {
        if case .turn(.go(let claim)) = self { claim } else { nil }
    }

    var wait: FleetWait? {
        if case .turn(.wait(let wait)) = self { wait } else { nil }
    }

    var reading: FleetReading? {
        if case .reading(let reading) = self { reading } else { nil }
    }
}

extension FleetTurn {
    var claim: FleetClaim? {
        if case .go(let claim) = self { claim } else { nil }
    }

    var wait: FleetWait? {
        if case .wait(let wait) = self { wait } else { nil }
    }
}

extension FleetReading {
    var status: CoverStatus? { try? result.get() }

    var error: CoverError? {
        if case .failure(let error) = result { error } else { nil }
    }
}

extension FleetStore {
    /// Asks the store about a task, as a poll does.
    func look(
        _ taskId: TaskID,
        after number: ReadingNumber? = nil,
        _ urgency: FleetUrgency = .background
    ) async throws -> FleetAnswer {
        try await begin(FleetRequest(taskId, .newer(than: number), urgency))
    }

    /// Claims a task, and ends the claim with this answer of the API.
    @discardableResult
    func read(
        _ taskId: TaskID,
        after number: ReadingNumber? = nil,
        _ result: Result<CoverStatus, CoverError>
    ) async throws -> FleetReceipt? {
        guard let claim = try await look(taskId, after: number).claim else { return nil }
        return try await finish(claim, FleetOutcome(result))
    }
}

extension AsyncStream<FleetAnnouncement> {
    /// The announcements until one that fulfils the condition, which is included. Each is in its short form.
    func words(until isLast: (String) -> Bool) async -> [String] {
        var words: [String] = []
        for await announcement in self {
            words.append(announcement.short)
            if isLast(announcement.short) { break }
        }
        return words
    }
}

extension FleetAnnouncement {
    /// A short form of an announcement, such as `reading a pending`, `claimed a by 1`, `freed a`, `paused rateLimited`.
    var short: String {
        switch self {
        case .reading(let taskId, let reading):
            "reading \(taskId) \(reading.status?.state.rawValue ?? reading.error?.kind.rawValue ?? "")"
        case .claimed(let taskId, let bridge, _): "claimed \(taskId) by \(bridge.number)"
        case .freed(let taskId): "freed \(taskId)"
        case .paused(let pause): "paused \(pause.cause.rawValue)"
        case .resumed: "resumed"
        case .gap: "gap"
        }
    }
}
