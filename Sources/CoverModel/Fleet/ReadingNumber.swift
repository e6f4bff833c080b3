/// The position of a reading in the order in which the fleet made its readings. The number rises from reading to
/// reading, across all tasks.
package struct ReadingNumber: Sendable, Hashable {
    /// The epoch of the store. When the store is reset, a new epoch begins, and the numbers start again.
    package let epoch: UInt64
    package let value: Int64

    package init(epoch: UInt64, value: Int64) {
        self.epoch = epoch
        self.value = value
    }

    /// Whether this number is newer than the other one: it is higher, or it is from another epoch. The order of epochs
    /// is unknown, so a number from another epoch always counts as newer.
    package func isNewer(than other: ReadingNumber?) -> Bool {
        guard let other, other.epoch == epoch else { return true }
        return value > other.value
    }
}
