/// How many background queries may go now, of the number asked for.
package struct Turns: Sendable, Equatable {
    package var granted: Int
    /// When to ask for the rest again; nil if all may go.
    package var deferredUntil: Duration?

    package init(granted: Int, deferredUntil: Duration? = nil) {
        self.granted = granted
        self.deferredUntil = deferredUntil
    }
}
