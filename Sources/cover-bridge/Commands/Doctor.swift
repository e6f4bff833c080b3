import ArgumentParser
import CoverAPI
import CoverModel
import CoverTerminal
import Jansson

/// Prints a diagnosis that can be pasted into a report. ``DoctorChecks`` makes the checks.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Prints what is configured and what works.",
        usage: "cover-bridge doctor [options]",
        discussion: """
            Example:  cover-bridge doctor --sandbox
            Behind a proxy, with a CA of your own:
              HTTPS_PROXY, ALL_PROXY: http://[user:password@]host[:port], socks5h://host
              NO_PROXY: host, .domain, *.domain, host:port, address, 10.0.0.0/8, *
              SSL_CERT_FILE, SSL_CERT_DIR or --ca-file FILE: the authorities to trust
            Each line is ok, warning or failed, with the next step. Keys are never shown.
            Exit codes: 0 nothing failed, 2 a refused endpoint or fleet, 3 the key,
              5 no answer in time, 6 the endpoint, 7 the API refuses, 9 the journal.
            """
    )

    @OptionGroup var output: OutputOptions
    @Option(
        help: ArgumentHelp("The journal to check, as given to serve.", valueName: "file"),
        completion: .file(),
        transform: FilePath.read
    )
    var journal: String?
    @OptionGroup var client: ClientOptions

    func validate() throws {
        if journal?.isEmpty ?? false { throw ValidationError("--journal needs the name of a file") }
    }

    func run() async throws {
        let (isJSON, palette, options, journal) = (output.json, output.palette, client, journal)
        @Sendable func report(_ results: [CheckResult]) -> ExitStatus {
            let lines = isJSON ? results.map(\.jsonText) : results.lines(palette: palette)
            StandardOutput.write(lines: lines.map(EnvironmentKeys.redacting))
            return results.status
        }
        // The report must not be written into the journal that it is about.
        var connection = client.connection
        connection.journal = journal
        try connection.checkFiles()
        do {
            try await OneShot.run(options, joinsFleet: false) { client, endpoint in
                let checks = DoctorChecks(options: options, endpoint: endpoint, client: client)
                let results = await checks.results(journal: journal)
                // If a signal has interrupted the checks, their failures have no meaning, so nothing is printed.
                try Task.checkCancellation()
                return report(results)
            }
        } catch let error as CoverError {
            // Without a valid endpoint, the command cannot create a client.
            let connection = options.connection
            let isUsable = (try? connection.network.check(endpoint: connection.chosenEndpoint)) != nil
            endProcess(
                with: report(DoctorChecks.results(refusing: error, isOfNetwork: !isUsable, journal: journal))
            )
        }
    }
}
