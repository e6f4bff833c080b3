import Jansson

/// The members of an object by name, in any style of names: `successFlag`, `success_flag`, `SuccessFlag`.
struct LenientObject {
    private struct Entry {
        /// In lower case, without underscores and hyphens.
        let name: String
        var value: JSONValue
    }

    /// The entries in the order of their names, which differ. Records are small, and sorting a record costs less than
    /// hashing it.
    private var entries: [Entry] = []
    /// The names of members that occur more than once with different values.
    private(set) var conflicts: [String] = []

    init?(_ value: JSONValue) {
        guard let members = value.members else { return nil }
        var found: [(entry: Entry, isDocumented: Bool)] = []
        found.reserveCapacity(members.count)
        for (name, value) in members where !value.isBlank {
            // The documented names have no underscores.
            let isDocumented = !name.utf8.contains(UInt8(ascii: "_"))
            found.append((Entry(name: Self.folded(name), value: value), isDocumented))
        }
        // Swift's sort is stable, so members of one name keep the order of the text.
        found.sort { $0.entry.name < $1.entry.name }
        entries.reserveCapacity(found.count)
        for (entry, isDocumented) in found {
            guard let last = entries.last, last.name == entry.name else {
                entries.append(entry)
                continue
            }
            if last.value.jsonBytes != entry.value.jsonBytes, conflicts.last != entry.name {
                conflicts.append(entry.name)
            }
            // The documented name has priority.
            if isDocumented { entries[entries.count - 1].value = entry.value }
        }
    }

    /// The folded names of the members that are not blank.
    var names: some Collection<String> { entries.lazy.map(\.name) }

    /// The first of these members that is not blank. The names are in lower case.
    subscript(name: String, second: String? = nil, third: String? = nil) -> JSONValue? {
        value(of: name) ?? second.flatMap(value(of:)) ?? third.flatMap(value(of:))
    }

    private func value(of name: String) -> JSONValue? {
        var (lower, upper) = (0, entries.count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if entries[middle].name < name { lower = middle + 1 } else { upper = middle }
        }
        return lower < entries.count && entries[lower].name == name ? entries[lower].value : nil
    }

    private static func folded(_ name: String) -> String {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        var name = name
        // This code avoids Unicode functions, because it runs for each member of each answer.
        let plain = name.withUTF8 { bytes -> String? in
            guard unsafe bytes.allSatisfy({ letters ~= $0 | 0x20 }) else { return nil }
            return unsafe String(unsafeUninitializedCapacity: bytes.count) { folded in
                for index in bytes.indices { unsafe folded[index] = bytes[index] | 0x20 }
                return bytes.count
            }
        }
        if let plain { return plain }
        // Only ASCII letters are changed: Unicode has other letters whose lower case is ASCII.
        let bytes = name.utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
        return String(
            decoding: bytes.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 },
            as: UTF8.self
        )
    }
}
