/// The answer to a wish to watch. Nothing of its new watches is told before ``start()``, so that the caller can answer first.
///
/// A receipt that is dropped counts as started: the watches are in the journal and must come to an end.
package final class WatchReceipt: Sendable {
    /// The watches, once each, in the order asked for.
    package let watches: [Watch]
    private let onStart: @Sendable () -> Void
    private let onWithdraw: @Sendable () -> Void

    init(
        watches: [Watch],
        onStart: @escaping @Sendable () -> Void,
        onWithdraw: @escaping @Sendable () -> Void
    ) {
        self.watches = watches
        self.onStart = onStart
        self.onWithdraw = onWithdraw
    }

    deinit { start() }

    /// Lets the watches begin. A second call does nothing.
    package func start() { onStart() }

    /// Takes new watches back, as if they had never been asked for; those that stood before go on. Does nothing after ``start()``.
    package func withdraw() { onWithdraw() }
}
