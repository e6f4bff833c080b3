import CoverAPI
import CoverFleet
import CoverTerminal
import Jansson

extension DoctorChecks {
    /// Checks the store of the fleet without joining the fleet. If no fleet is set, nothing is checked.
    static func fleet(_ connection: Connection, _ client: CoverClient) async -> [CheckResult] {
        do {
            guard let fleet = try connection.fleetConnection() else { return [] }
            let group: String
            do { group = try await client.fleetGroup } catch {
                return [.warning("fleet", "\(fleet.address.text), not looked at.", next: "The key names the fleet.")]
            }
            if fleet.address.isMissing {
                try fleet.address.checkPlace()
                let next = "The first bridge creates it. If bridges run, they use another file: check the name."
                return [.warning("fleet", "\(fleet.address.text) does not exist yet.", next: next)]
            }
            let store = try await fleet.openStore(group: group)
            try await store.check()
            let (overview, remarks) = (try await store.overview(tasks: 0), try await store.remarks())
            await store.close()
            return results(fleet.address, overview, remarks, ownRate: connection.rate)
        } catch let error as FleetStoreError {
            return [.failed("fleet", error.fault, next: error.next, error.kind == .unusable ? .usage : .unreachable)]
        } catch {
            return [.failed("fleet", (error as? Failure)?.message ?? "The fleet cannot be used.", .usage)]
        }
    }

    private static func results(
        _ address: FleetAddress,
        _ overview: FleetOverview,
        _ remarks: FleetRemarks,
        ownRate: Double?
    ) -> [CheckResult] {
        let rates = Set(overview.members.map(\.bridge.rate))
        // Without the option, the rate of the bridges is not known here, so only their own rates are compared.
        let isUneven = rates.count > 1 || !rates.isEmpty && ownRate.map { rates != [$0] } ?? false
        let bridges = Formatting.count(overview.members.count, "bridge", "bridges")
        let version = remarks.version.map { ", \($0)," } ?? ""
        let words = "\(address.text)\(version) answers: \(bridges)"
        let warnings = remarks.warnings.map {
            CheckResult.warning("fleet", "\(address.text): \($0.fault).", next: $0.next)
        }
        let shown = rates.sorted().map(\.jsonText).joined(separator: ", ")
        guard isUneven else {
            let isEmpty = rates.isEmpty
            let next = isEmpty ? address.adviceWithoutBridges : nil
            return [.ok("fleet", isEmpty ? words + "." : words, next: next)] + warnings
        }
        return [
            .warning(
                "fleet",
                "\(words), with \(shown) queries a second"
                    + (ownRate.map { "; this one would allow \($0.jsonText)." } ?? "."),
                next: "The lowest counts for all: give every bridge the same --rate."
            )
        ] + warnings
    }
}
