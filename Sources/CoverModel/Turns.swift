/// How many of the wanted background queries may be sent now.
package struct Turns: Sendable, Equatable {
    package var granted: Int
    /// When to ask again for the remaining queries; nil if all may be sent.
    package var deferredUntil: Duration?

    package init(granted: Int, deferredUntil: Duration? = nil) {
        self.granted = granted
        self.deferredUntil = deferredUntil
    }
}
