/// Wakes the one loop that waits for it. Several calls while the loop works count as one.
struct WakeUp: Sendable {
    let calls: AsyncStream<Void>
    private let source: AsyncStream<Void>.Continuation

    init() { (calls, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func callAsFunction() { source.yield() }
}
