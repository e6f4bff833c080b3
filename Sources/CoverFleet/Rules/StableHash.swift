/// A hash function with the same results in every process. It is FNV-1a with 64 bits, and then the mixing step of
/// SplitMix64.
struct StableHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ text: String) {
        for byte in text.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    mutating func combine(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            state = (state ^ (number >> UInt64(shift)) & 0xFF) &* 0x100_0000_01B3
        }
    }

    var value: UInt64 {
        var hash = state
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }

    /// The hash as a number in 0..<1.
    var fraction: Double { Double(value >> 11) / Double(1 << 53) }
}
