import CoverModel
import Testing

@testable import CoverFleet

@Suite struct MembershipTests {
    private static let refused = FleetStoreError(.away, "the connection was refused")
    private static let locked = FleetStoreError(.away, "it wants a password")

    /// The reports of a bridge whose store fails with these errors, at these times.
    private func reports(_ errors: [(FleetStoreError, seconds: Double)]) -> [String] {
        var membership = Membership(FleetBridge(id: .init(1), rate: 10, burst: 1, name: "one"), expectedBridges: 1)
        return errors.flatMap { membership.lost($0.0, at: .seconds($0.seconds)) }.compactMap {
            if case .degraded(let message) = $0 { message } else { nil }
        }
    }

    @Test func aReasonIsReportedOnce() {
        #expect(reports([(Self.refused, 0), (Self.refused, 0.9)]) == [])
        #expect(reports([(Self.refused, 0), (Self.refused, 1), (Self.refused, 2), (Self.refused, 9)]).count == 1)
    }

    @Test func aNewReasonIsReportedWhenItStays() {
        let first = [(Self.refused, 0.0), (Self.refused, 1.0), (Self.locked, 2.0)]
        #expect(reports(first) == [Self.refused.message])
        #expect(reports(first + [(Self.locked, 3)]) == [Self.refused.message, Self.locked.message])
        #expect(reports(first + [(Self.refused, 3), (Self.refused, 5)]) == [Self.refused.message])
    }

    @Test func reasonsThatAlternateAreNotReportedAgain() {
        let errors = (0..<20).map { ($0.isMultiple(of: 2) ? Self.refused : Self.locked, Double($0) / 2) }
        #expect(reports(errors).count == 1)
    }

    /// A fault that only some operations meet makes a bridge leave its store after each heartbeat.
    @Test func shortReturnsMakeTheNextOnesRarer() {
        var membership = Membership(FleetBridge(id: .init(1), rate: 10, burst: 1, name: "one"), expectedBridges: 1)
        let view = FleetView(bridges: [.init(1)], rate: 10, highestRate: 10, pause: nil)
        var (now, retries): (Duration, [Double]) = (.zero, [])
        for stay in [3, 0.1, 0.1, 0.1, 0.9, 0.1, 1.1, 0.1] {
            _ = membership.seen(view, at: now)
            now += .seconds(stay)
            // The second loss is one of an operation that began before the first one ended.
            for _ in 0..<2 { _ = membership.lost(Self.refused, at: now) }
            retries.append(membership.retry.inSeconds)
            now += membership.retry
        }
        #expect(retries == [0.25, 0.5, 1, 2, 4, 4, 0.25, 0.5])
    }
}
