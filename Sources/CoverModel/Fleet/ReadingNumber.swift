/// The place of a reading in the order in which the fleet made them. It rises from reading to reading, whatever the task.
package struct ReadingNumber: Sendable, Hashable {
    /// The store's life; numbers begin again with each.
    package let epoch: UInt64
    package let value: Int64

    package init(epoch: UInt64, value: Int64) {
        self.epoch = epoch
        self.value = value
    }

    /// Whether this number says more than the other: a later one, or one of another life of the store, of which nothing is known.
    package func isNewer(than other: ReadingNumber?) -> Bool {
        guard let other, other.epoch == epoch else { return true }
        return value > other.value
    }
}
