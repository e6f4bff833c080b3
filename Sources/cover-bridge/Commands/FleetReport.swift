import CoverFleet
import CoverModel
import CoverTerminal
import Jansson

/// The state of a fleet at one moment.
struct FleetReport: JSONEncodable {
    let address: FleetAddress
    let overview: FleetOverview

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("store", address.text)
            $0.member("rate", overview.rate)
            $0.member("burst", overview.burst)
            $0.member("tokens", overview.tokens)
            $0.member("granted", overview.granted)
            if let pause = overview.pause {
                $0.member("pause") {
                    $0.object {
                        $0.member("cause", pause.cause.rawValue)
                        $0.member("remaining", pause.remaining.inSeconds)
                    }
                }
            } else {
                $0.member("pause", String?.none)
            }
            $0.member("bridges", overview.members.map(MemberJSON.init))
            $0.member("tasks", overview.tasks.map { TaskJSON(task: $0, bridges: names) })
        }
    }

    /// - Parameter width: the width in columns; nil for pipes.
    func lines(width: Int?, palette: Palette) -> [String] {
        [summary, ""].map { palette.render([Span($0)]) } + bridges.lines(width: width, palette: palette)
            + (overview.tasks.isEmpty ? [] : [""] + tasks.lines(width: width, palette: palette))
    }

    private var summary: String {
        let count = Formatting.count(overview.members.count, "bridge", "bridges")
        // Without bridges, there is no rate.
        if overview.members.isEmpty { return "\(address.text): \(count); \(state). \(address.adviceWithoutBridges)" }
        // The number is below zero if slots in the future are already granted.
        let budget =
            "\(Self.rounded(max(0, overview.tokens))) of \(Self.rounded(overview.burst)) queries at once, \(Self.rounded(overview.rate)) a second"
        return "\(address.text): \(count); \(budget); \(state)"
    }

    private var state: String {
        guard let pause = overview.pause else { return "no pause" }
        let cause = pause.cause == .maintenance ? "maintenance" : "too many queries"
        if pause.remaining <= .zero { return "after a pause (\(cause)), one query tries" }
        return "all pause for \(Formatting.elapsed(pause.remaining)) (\(cause))"
    }

    private var bridges: Table {
        var table = Table(columns: [
            .init(title: "BRIDGE", minimum: 12), .init(title: "RATE", isNumber: true),
            .init(title: "THERE FOR", rank: 1, isNumber: true), .init(title: "SEEN", rank: 2, isNumber: true),
        ])
        let isUneven = Set(overview.members.map(\.bridge.rate)).count > 1
        table.rows = overview.members.map { member in
            [
                [Span(member.bridge.name)],
                // The lowest rate of the bridges is the rate of the whole fleet.
                [
                    Span(
                        Self.rounded(member.bridge.rate),
                        isUneven && member.bridge.rate > overview.rate ? .odd : .plain
                    )
                ],
                [Span(Formatting.elapsed(member.presentFor), .faint)],
                [Span("\(member.silentFor.wholeMilliseconds) ms ago", .faint)],
            ]
        }
        return table
    }

    private var tasks: Table {
        var table = Table(columns: [
            .init(title: "TASK", minimum: 12), .init(title: "READ"), .init(title: "AGO", rank: 1, isNumber: true),
            .init(title: "QUERIED BY", minimum: 12, rank: 2),
        ])
        table.rows = overview.tasks.map { task in
            [
                [Span(task.taskId.text)], [task.reading.span],
                [Span(Formatting.elapsed(task.reading.age), .faint)],
                [Span(task.claimedBy.flatMap { names[$0] } ?? "", .faint)],
            ]
        }
        return table
    }

    private var names: [FleetBridge.ID: String] {
        Dictionary(overview.members.map { ($0.bridge.id, $0.bridge.name) }) { first, _ in first }
    }

    private static func rounded(_ number: Double) -> String { ((number * 100).rounded() / 100).jsonText }
}

private struct MemberJSON: JSONEncodable {
    let member: FleetOverview.Member

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", member.bridge.name)
            $0.member("rate", member.bridge.rate)
            $0.member("burst", member.bridge.burst)
            $0.member("presentFor", member.presentFor.inSeconds)
            $0.member("silentFor", member.silentFor.inSeconds)
        }
    }
}

private struct TaskJSON: JSONEncodable {
    let task: FleetOverview.Task
    let bridges: [FleetBridge.ID: String]

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("taskId", task.taskId)
            $0.member("state", task.reading.state?.rawValue)
            $0.member("error", task.reading.error?.kind.rawValue)
            $0.member("faults", task.reading.faults)
            $0.member("age", task.reading.age.inSeconds)
            $0.member("queriedBy", task.claimedBy.flatMap { bridges[$0] })
        }
    }
}

extension FleetReading {
    fileprivate var state: CoverState? { if case .success(let status) = result { status.state } else { nil } }

    fileprivate var error: CoverError? { if case .failure(let error) = result { error } else { nil } }

    fileprivate var span: Span {
        if let state { return Span(state) }
        let count = faults > 1 ? " (\(faults) times)" : ""
        return Span((error?.kind.rawValue ?? "") + count, .bad)
    }
}
