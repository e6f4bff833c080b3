/// The number in an option. Every option with a number that may have a fraction reads it with ``read(_:)``.
enum DecimalNumber {
    private struct Fault: Error, CustomStringConvertible {
        let description = "Write a decimal number, as in 1.5."
    }

    /// - Throws: an error for a text that is no decimal number. Swift alone would read `0x10` as 16.
    @Sendable static func read(_ text: String) throws -> Double {
        let signs = Array("0123456789+-.eE".utf8)
        guard text.utf8.allSatisfy(signs.contains), let number = Double(text) else { throw Fault() }
        return number
    }
}
