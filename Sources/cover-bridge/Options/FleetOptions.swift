import ArgumentParser
import CoverFleet

/// The options of a fleet: the bridges that share a key.
struct FleetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Shares a key: see clients/FLEET.md and --help-hidden.",
            valueName: "store"
        ),
        completion: .file()
    )
    var fleet: String?

    @Option(
        help: ArgumentHelp(
            "The password of the fleet's Redis: in --fleet all users would see it.",
            valueName: "file",
            visibility: .hidden
        ),
        completion: .file(),
        transform: FilePath.read
    )
    var fleetPasswordFile: String?

    @Option(
        help: ArgumentHelp(
            "How many bridges to expect while the store of --fleet or COVER_BRIDGE_FLEET cannot be used (1 to 10000).",
            valueName: "n",
            visibility: .hidden
        )
    )
    var fleetSize: Int?

    /// The environment variable that is used if the option is missing.
    static let variable = "COVER_BRIDGE_FLEET"

    func validate() throws {
        if let fleetSize, !(1...10_000).contains(fleetSize) {
            throw ValidationError("--fleet-size must be from 1 to 10000 bridges")
        }
        if let fleet {
            do throws(FleetStoreError) { _ = try FleetAddress(parsing: fleet, isPublic: true) } catch {
                throw ValidationError("--fleet: \(error.message)")
            }
        }
    }
}
