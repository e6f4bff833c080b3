import CoverModel

extension FleetAnnouncement {
    /// Reads a message of the channel. A message consists of parts; before each part are its length and a colon. The
    /// first part is the version of this format.
    ///
    /// The result is nil if the message does not concern this bridge, for example if another version or another program
    /// sent it.
    init?(message: [UInt8]) {
        guard var parts = Self.parts(of: message), parts.popFirst() == String(FleetScript.form),
            let word = parts.popFirst(), let announcement = Self.announcement(word, Array(parts))
        else { return nil }
        self = announcement
    }

    private static func announcement(_ word: String, _ parts: [String]) -> FleetAnnouncement? {
        switch (word, parts.count) {
        case ("gap", 0): return .gap
        case ("resumed", 0): return .resumed
        case ("freed", 1): return .freed(TaskID(parts[0]))
        case ("claimed", 3):
            guard let id = UInt64(parts[1]), let length = Int64(parts[2]) else { return nil }
            return .claimed(TaskID(parts[0]), by: FleetBridge.ID(id), for: .microseconds(length))
        case ("paused", 2):
            guard let cause = FleetPause.Cause(rawValue: parts[0]), let length = Int64(parts[1]) else { return nil }
            return .paused(FleetPause(cause: cause, remaining: .microseconds(length)))
        case ("reading", 6):
            let taskId = TaskID(parts[0])
            guard let epoch = UInt64(parts[1]), let value = Int64(parts[2]), let faults = Int(parts[4]),
                let failingFor = Int64(parts[5]), let result = StoredReading(text: parts[3]).result(of: taskId)
            else { return nil }
            let reading = FleetReading(
                number: ReadingNumber(epoch: epoch, value: value),
                result: result,
                faults: faults,
                failingFor: .microseconds(failingFor),
                age: .zero
            )
            return .reading(taskId, reading)
        default: return nil
        }
    }

    private static func parts(of message: [UInt8]) -> ArraySlice<String>? {
        var parts: [String] = []
        var rest = message[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: ":") }
            rest = rest[digits.endIndex...].dropFirst()
            guard let length = Int(String(decoding: digits, as: UTF8.self)), length >= 0, length <= rest.count,
                let part = String(validating: rest.prefix(length), as: UTF8.self)
            else { return nil }
            parts.append(part)
            rest = rest.dropFirst(length)
        }
        return parts[...]
    }
}
