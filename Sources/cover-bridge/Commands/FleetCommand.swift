import ArgumentParser
import CoverAPI
import CoverFleet
import CoverModel
import CoverTerminal
import Jansson

/// Shows the bridges that share a key, for people and scripts.
struct FleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Shows the bridges that share a key.",
        usage: "cover-bridge fleet --fleet <store> [options]",
        discussion: """
            Example:
              cover-bridge fleet --fleet /dev/shm/covers.fleet
            On a terminal the table is live, until control-C; in a pipe it comes once.
            The key names the fleet: bridges with another key are another fleet in the
            same store.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var client: ClientOptions

    /// The number of tasks to show: those with the most recent readings.
    private static let tasks = 20

    func run() async throws {
        guard let fleet = try client.connection.fleetConnection() else {
            throw Failure(code: .usage, message: "which fleet? Give --fleet STORE or COVER_BRIDGE_FLEET.")
        }
        if fleet.address.isMissing {
            try fleet.address.checkPlace()
            throw Failure(
                code: .usage,
                message:
                    "\(fleet.address.text) does not exist: no bridge has created it. Check the name, or start a bridge with it."
            )
        }
        let (isJSON, palette) = (output.json, output.palette)
        try await OneShot.run(client, joinsFleet: false) { client, _ in
            let store = try await fleet.openStore(group: client.fleetGroup)
            func report() async throws -> FleetReport {
                FleetReport(address: fleet.address, overview: try await store.overview(tasks: Self.tasks))
            }
            if isJSON {
                StandardOutput.write(try await report().jsonText + "\n")
            } else if Terminal.output.isInteractive {
                try await Self.showLive(palette, report)
                await store.close()
                // People press Control-C to leave the live table, so this does not count as an interruption.
                endProcess(with: .done)
            } else {
                StandardOutput.write(lines: try await report().lines(width: nil, palette: palette))
            }
            await store.close()
            return .done
        }
    }

    /// Draws the report every half second, until the task is cancelled.
    private static func showLive(_ palette: Palette, _ report: () async throws -> FleetReport) async throws {
        var screen = LiveScreen(.output)
        var lines: [String] = []
        defer { screen.close(leaving: lines) }
        while !Task.isCancelled {
            let size = Terminal.output.size
            do { lines = try await report().lines(width: size.columns, palette: palette) } catch let error
                as FleetStoreError where error.kind == .away
            { lines = [error.message] }
            screen.draw(Array(lines.prefix(size.rows)), size: size)
            try? await Timeline.system.sleep(for: .milliseconds(500))
        }
    }
}
