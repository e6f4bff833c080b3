import Hiredis
import NIOCore
import Synchronization

/// The connections of the store.
extension RedisFleetStore {
    /// The pause after a failed attempt to connect, in milliseconds. The pause makes many queries share one attempt.
    /// Its length varies, so that the bridges do not connect again at the same moment. The pause is short, because the
    /// fleet exceeds its budget while some bridges are connected and others work alone.
    private static let pause: ClosedRange<Int64> = 200...500

    /// Returns the open connections. Opens them first if necessary.
    ///
    /// - Throws: ``FleetStoreError``.
    func linked(until deadline: NIODeadline) async throws -> RedisLink {
        let opening = try state.withLock { state throws(FleetStoreError) in
            if state.isClosed { throw FleetStoreError(.away, "The store of the fleet is closed.") }
            if let link = state.link, link.isActive { return Task<RedisLink, any Error>?.none }
            if let opening = state.opening { return opening }
            if let failure = state.failure, .now() < failure.until { throw failure.error }
            let former = state.link
            state.link = nil
            state.line += 1
            let (line, bridge, doubt) = (state.line, state.bridge, state.held.doubt)
            let opening = Task<RedisLink, any Error> { [weak self] in
                guard let self else { throw FleetStoreError(.away, "The store of the fleet is closed.") }
                former?.close()
                return try await self.open(line, bridge, doubt, until: deadline)
            }
            state.opening = opening
            return opening
        }
        if let opening { return try await opening.value }
        guard let link = state.withLock(\.link) else {
            throw FleetStoreError(.away, "The store of the fleet is closed.")
        }
        return link
    }

    private func open(
        _ line: Int,
        _ bridge: FleetBridge?,
        _ doubt: HeldClaims.Doubt?,
        until deadline: NIODeadline
    ) async throws -> RedisLink {
        do {
            let link = try await dialer.link(line, channel: keys.channel, until: deadline) { [weak self] message in
                // A view that has not joined has no reader of the announcements.
                guard let self, state.withLock({ $0.bridge != nil }) else { return }
                if let announcement = FleetAnnouncement(message: message) { sink.yield(announcement) }
            }
            do {
                let call = call(link, until: deadline)
                _ = try await call.run(.probe, [keys.fleet, keys.bridges, keys.probe], by: nil)
                if let bridge, let doubt { try await call.release(doubt, by: bridge) }
            } catch {
                link.close()
                throw error
            }
            let (isClosed, isFirst) = state.withLock { state in
                if let doubt { state.held.cleared(doubt) }
                let isFirst = !state.hasListened
                state.hasListened = true
                (state.opening, state.failure) = (nil, nil)
                if !state.isClosed { state.link = link }
                return (state.isClosed, isFirst)
            }
            if isClosed { link.close() }
            // Announcements may have been lost while there was no connection.
            if bridge != nil, !isFirst { sink.yield(.gap) }
            return link
        } catch {
            let failure = FleetStoreError((error as? RedisFault) ?? RedisFault(error), at: address)
            state.withLock { state in
                state.opening = nil
                state.failure = (failure, .now() + .milliseconds(.random(in: Self.pause)))
            }
            throw failure
        }
    }
}
