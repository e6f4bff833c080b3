import CoverModel
import SQLite

/// One row of the table of fleets: the state of a fleet, and the numbers of its last announcements.
struct FleetRow: Sendable, Hashable {
    let boot: String
    var fleet: FleetState
    /// `change` is the number of the last announced change. `pauseChange` is the number of the last announced change of
    /// the breaker.
    var change: Int64 = 0
    var pauseChange: Int64 = 0
}

/// The statements about a fleet as a whole.
extension Connection {
    /// The fleet without its bridges; nil if it does not exist yet.
    func fleetRow(_ name: String) throws -> FleetRow? {
        try rows(
            """
            SELECT boot, epoch, lastNumber, lastFence, change, pauseChange, grantedUntil, streak, interactiveCount, interactiveUntil,
                backgroundCount, backgroundUntil, generation, repeats, closedAt, cause, pausedAt, pauseLength, trialFence,
                trialBridge, trialAt, trialLength
            FROM fleet WHERE name = ?
            """,
            .text(name)
        ) { row in
            var fleet = FleetState(epoch: UInt64(bitPattern: row.integer(1)))
            fleet.lastNumber = row.integer(2)
            fleet.lastFence = row.integer(3)
            fleet.budget.grantedUntil = row.duration(6)
            fleet.budget.streak = row.integer(7)
            fleet.budget.interactive = FleetBudget.Waiting(count: row.integer(8), until: row.duration(9))
            fleet.budget.background = FleetBudget.Waiting(count: row.integer(10), until: row.duration(11))
            fleet.breaker.generation = row.integer(12)
            fleet.breaker.repeats = row.integer(13)
            fleet.breaker.closedAt = row.isNull(14) ? nil : row.duration(14)
            fleet.breaker.state = Self.breaker(row)
            return FleetRow(boot: row.text(0), fleet: fleet, change: row.integer(4), pauseChange: row.integer(5))
        }
        .first
    }

    private static func breaker(_ row: borrowing Row) -> FleetBreaker.State {
        guard let cause = FleetPause.Cause(rawValue: row.text(15)) else { return .closed }
        if !row.isNull(16) { return .open(cause, Span(from: row.duration(16), for: row.duration(17))) }
        guard !row.isNull(18) else { return .halfOpen(cause, nil) }
        let span = Span(from: row.duration(20), for: row.duration(21))
        return .halfOpen(cause, FleetBreaker.Trial(fence: row.integer(18), bridge: row.bridge(19), span: span))
    }

    func store(_ row: FleetRow, as name: String) throws {
        let (fleet, budget, breaker) = (row.fleet, row.fleet.budget, row.fleet.breaker)
        var (cause, pause, trial): (FleetPause.Cause?, Span?, FleetBreaker.Trial?)
        switch breaker.state {
        case .closed: break
        case .open(let reason, let span): (cause, pause) = (reason, span)
        case .halfOpen(let reason, let current): (cause, trial) = (reason, current)
        }
        try run(
            """
            INSERT OR REPLACE INTO fleet (name, boot, epoch, lastNumber, lastFence, change, pauseChange, grantedUntil, streak,
                interactiveCount, interactiveUntil, backgroundCount, backgroundUntil, generation, repeats, closedAt, cause, pausedAt,
                pauseLength, trialFence, trialBridge, trialAt, trialLength)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(name),
            .text(row.boot),
            .integer(Int64(bitPattern: fleet.epoch)),
            .integer(fleet.lastNumber),
            .integer(fleet.lastFence),
            .integer(row.change),
            .integer(row.pauseChange),
            SQLiteValue(budget.grantedUntil),
            .integer(budget.streak),
            .integer(budget.interactive.count),
            SQLiteValue(budget.interactive.until),
            .integer(budget.background.count),
            SQLiteValue(budget.background.until),
            .integer(breaker.generation),
            .integer(breaker.repeats),
            SQLiteValue(breaker.closedAt),
            SQLiteValue(cause?.rawValue),
            SQLiteValue(pause?.start),
            SQLiteValue(pause?.length),
            SQLiteValue(trial?.fence),
            trial.map { SQLiteValue($0.bridge) } ?? .null,
            SQLiteValue(trial?.span.start),
            SQLiteValue(trial?.span.length)
        )
    }

    func members(of fleet: String) throws -> [FleetBridge.ID: FleetState.Member] {
        let members = try rows(
            "SELECT id, name, rate, burst, joinedAt, seenAt FROM bridge WHERE fleet = ?",
            .text(fleet)
        ) { row in
            FleetState.Member(
                bridge: FleetBridge(
                    id: row.bridge(0),
                    rate: Double(row.integer(2)) / 1e6,
                    burst: Double(row.integer(3)) / 1e6,
                    name: row.text(1)
                ),
                joinedAt: row.duration(4),
                seenAt: row.duration(5)
            )
        }
        return Dictionary(members.map { ($0.bridge.id, $0) }) { first, _ in first }
    }

    func store(_ member: FleetState.Member, of fleet: String) throws {
        let bridge = member.bridge
        try run(
            "INSERT OR REPLACE INTO bridge (fleet, id, name, rate, burst, joinedAt, seenAt) VALUES (?, ?, ?, ?, ?, ?, ?)",
            .text(fleet),
            SQLiteValue(bridge.id),
            .text(bridge.name),
            .integer(Int64((min(bridge.rate, 1e9) * 1e6).rounded())),
            .integer(Int64((min(bridge.burst, 1e9) * 1e6).rounded())),
            SQLiteValue(member.joinedAt),
            SQLiteValue(member.seenAt)
        )
    }

    func remove(_ id: FleetBridge.ID, of fleet: String) throws {
        try run("DELETE FROM bridge WHERE fleet = ? AND id = ?", .text(fleet), SQLiteValue(id))
    }

    /// Removes the bridges, the tasks and the state that an earlier start of the host left in the file.
    func clear(_ fleet: String) throws {
        try run("DELETE FROM bridge WHERE fleet = ?", .text(fleet))
        try run("DELETE FROM task WHERE fleet = ?", .text(fleet))
    }
}
