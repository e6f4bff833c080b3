import CoverAPI
import CoverFleet
import CoverTerminal
import Jansson

extension DoctorChecks {
    /// Checks the store of the fleet without joining the fleet. Does nothing without a fleet.
    static func fleet(_ connection: Connection, _ client: CoverClient) async -> [CheckResult] {
        do {
            guard let fleet = try connection.fleetConnection() else { return [] }
            let group: String
            do { group = try await client.fleetGroup } catch {
                return [.warning("fleet", "\(fleet.address.text), not looked at.", next: "The key names the fleet.")]
            }
            let store = try await fleet.openStore(group: group)
            let overview = try await store.overview(tasks: 0)
            await store.close()
            return results(fleet.address, overview, ownRate: connection.rate)
        } catch let error as FleetStoreError {
            return [.failed("fleet", error.message, error.kind == .unusable ? .usage : .unreachable)]
        } catch {
            return [.failed("fleet", (error as? Failure)?.message ?? "The fleet cannot be used.", .usage)]
        }
    }

    private static func results(
        _ address: FleetAddress,
        _ overview: FleetOverview,
        ownRate: Double
    ) -> [CheckResult] {
        let rates = Set(overview.members.map(\.bridge.rate))
        let bridges = Formatting.count(overview.members.count, "bridge", "bridges")
        let words = "\(address.text) answers: \(bridges)"
        let shown = rates.sorted().map(\.jsonText).joined(separator: ", ")
        guard !rates.isEmpty, rates != [ownRate] else { return [.ok("fleet", words)] }
        return [
            .warning(
                "fleet",
                "\(words), with \(shown) queries a second; this one would allow \(ownRate.jsonText).",
                next: "The lowest counts for all: give every bridge the same --rate."
            )
        ]
    }
}
