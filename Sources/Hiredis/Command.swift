internal import CHiredis

/// A command, as the bytes that are sent to the server.
package struct Command: Sendable, Hashable {
    package let bytes: [UInt8]

    /// - Parameter words: the command's name and its arguments.
    package init(_ words: [[UInt8]]) {
        let lengths = words.map(\.count)
        let all = words.flatMap(\.self)
        bytes = unsafe all.withUnsafeBytes { all in
            // A pointer is needed even if all words are empty.
            guard let base = unsafe all.bindMemory(to: CChar.self).baseAddress else { return [] }
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for length in lengths {
                unsafe pointers.append(base + offset)
                offset += length
            }
            var target: UnsafeMutablePointer<CChar>?
            let length = unsafe chiredis_format(&target, Int32(words.count), &pointers, lengths)
            defer { unsafe redisFreeCommand(target) }
            guard length > 0, let target = unsafe target else { return [] }
            return unsafe [UInt8](UnsafeRawBufferPointer(start: target, count: Int(length)))
        }
    }

    package init(_ words: String...) { self.init(words.map { Array($0.utf8) }) }
}
