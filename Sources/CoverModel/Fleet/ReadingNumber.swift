/// The position of a reading in the order in which the fleet made its readings. It rises from reading to reading, across all tasks.
package struct ReadingNumber: Sendable, Hashable {
    /// The epoch of the store: a new one begins with a reset, and the numbers start again.
    package let epoch: UInt64
    package let value: Int64

    package init(epoch: UInt64, value: Int64) {
        self.epoch = epoch
        self.value = value
    }

    /// Whether this number is newer: it is later, or from another epoch, whose order is unknown.
    package func isNewer(than other: ReadingNumber?) -> Bool {
        guard let other, other.epoch == epoch else { return true }
        return value > other.value
    }
}
