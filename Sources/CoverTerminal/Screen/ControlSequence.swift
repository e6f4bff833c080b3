/// A control sequence from a terminal, such as `ESC [ ? 62 ; 4 c` (ECMA-48 §5.4).
package struct ControlSequence: Equatable {
    package var isPrivate = false
    package var parameters: [Int] = []
    package var final: Character

    /// The complete control sequences in these bytes. Bytes of keys that were pressed in between are ignored.
    package static func all(in bytes: [UInt8]) -> [ControlSequence] {
        var result: [ControlSequence] = []
        var rest = bytes[...]
        while let start = rest.firstIndex(of: 0x1B) {
            rest = rest[(start + 1)...]
            guard rest.first == UInt8(ascii: "[") else { continue }
            let body = rest.dropFirst().prefix { 0x20...0x3F ~= $0 }
            guard body.endIndex < rest.endIndex, 0x40...0x7E ~= rest[body.endIndex] else { continue }
            let text = String(decoding: body, as: UTF8.self)
            result.append(
                ControlSequence(
                    isPrivate: text.hasPrefix("?"),
                    parameters: text.split { !$0.isNumber }.map { Int($0) ?? 0 },
                    final: Character(Unicode.Scalar(rest[body.endIndex]))
                )
            )
            rest = rest[body.endIndex...]
        }
        return result
    }
}
