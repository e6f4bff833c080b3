import CoverModel
import Hiredis

/// The answer of a script: a word, and the values after it. The caller reads the values one after the other.
struct ScriptAnswer {
    /// The answer does not have the form that the script's answers must have.
    struct Unexpected: Error {}

    let word: String
    private var rest: ArraySlice<Reply>

    /// - Throws: ``RedisFault``, ``Unexpected``.
    init(_ reply: Reply) throws {
        if case .error(let text) = reply { throw RedisFault.refused(text) }
        guard case .array(let parts) = reply, let word = parts.first?.text else { throw Unexpected() }
        self.word = word
        rest = parts.dropFirst()
        switch word {
        case "error": throw RedisFault.refused(try text())
        case "form": throw RedisFault.otherForm(try text())
        case "late": throw RedisFault.closed
        default: break
        }
    }

    /// Reads an array inside an answer. Such an array has no word at its start.
    init(row: Reply) throws(Unexpected) {
        guard case .array(let parts) = row else { throw Unexpected() }
        word = ""
        rest = parts[...]
    }

    var isEmpty: Bool { rest.isEmpty }

    mutating func text() throws(Unexpected) -> String {
        guard let text = rest.popFirst()?.text else { throw Unexpected() }
        return text
    }

    mutating func integer() throws(Unexpected) -> Int64 {
        guard case .integer(let number) = rest.popFirst() else { throw Unexpected() }
        return number
    }

    mutating func duration() throws(Unexpected) -> Duration { .microseconds(try integer()) }

    mutating func number() throws(Unexpected) -> Double {
        guard let number = Double(try text()) else { throw Unexpected() }
        return number
    }

    mutating func epoch() throws(Unexpected) -> UInt64 {
        guard let epoch = UInt64(try text()) else { throw Unexpected() }
        return epoch
    }

    mutating func bridge() throws(Unexpected) -> FleetBridge.ID { FleetBridge.ID(try epoch()) }

    mutating func array() throws(Unexpected) -> [Reply] {
        guard case .array(let parts) = rest.popFirst() else { throw Unexpected() }
        return parts
    }

    /// Reads a pause. The result is nil if the cause of the pause is empty.
    mutating func pause() throws(Unexpected) -> FleetPause? {
        let (cause, remaining) = (try text(), try duration())
        return FleetPause.Cause(rawValue: cause).map { FleetPause(cause: $0, remaining: remaining) }
    }

    /// Reads a reading. The reading is nil if its content is invalid, but its number is always returned.
    mutating func reading(of taskId: TaskID) throws(Unexpected) -> (number: ReadingNumber, reading: FleetReading?) {
        let number = ReadingNumber(epoch: try epoch(), value: try integer())
        let content = StoredReading(text: try text())
        let (faults, failingFor, age) = (try integer(), try duration(), try duration())
        let reading = content.result(of: taskId).map {
            FleetReading(number: number, result: $0, faults: Int(faults), failingFor: failingFor, age: age)
        }
        return (number, reading)
    }

    /// Reads the reason why a query may not be sent now.
    mutating func wait() throws(Unexpected) -> FleetWait {
        let (word, delay) = (try text(), try duration())
        let cause = FleetPause.Cause(rawValue: try text())
        switch (word, cause) {
        case ("claimed", _): return FleetWait(.claimed, delay)
        case ("budget", _): return FleetWait(.budget, delay)
        case ("paused", .some(let cause)): return FleetWait(.paused(cause), delay)
        case ("trial", .some(let cause)): return FleetWait(.trial(cause), delay)
        default: throw Unexpected()
        }
    }

    mutating func claim(_ taskId: TaskID?) throws(Unexpected) -> FleetClaim {
        FleetClaim(
            taskId: taskId,
            epoch: try epoch(),
            fence: try integer(),
            generation: try integer(),
            isTrial: try integer() == 1,
            delay: try duration()
        )
    }
}
