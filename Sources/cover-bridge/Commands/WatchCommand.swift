import ArgumentParser
import CoverAPI
import CoverModel
import CoverTerminal
import JSONRPC
import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Watches tasks until they end.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watches tasks until they end, on a live screen.",
        usage: "cover-bridge watch <task>... [options]",
        discussion: """
            Example:  cover-bridge watch success-6s fail-4s --sandbox --download covers
            With several tasks the exit code is the first of \(ExitStatus.precedence) that occurs.
            """
    )

    @OptionGroup var tasks: TaskArguments
    @OptionGroup var output: OutputOptions
    @Option(
        help: ArgumentHelp("Save the images there; --overwrite replaces files.", valueName: "dir"),
        completion: .directory,
        transform: FilePath.readFolder
    )
    var download: String?
    @Flag(help: ArgumentHelp("Replace existing files.", visibility: .hidden))
    var overwrite = false
    @Option(help: ArgumentHelp("The time limit in seconds (to 604800).", valueName: "s"), transform: DecimalNumber.read)
    var timeout: Double?
    @Option(
        help: ArgumentHelp(
            "For the API's first answer; else 60, 0 without limit.",
            valueName: "s",
            visibility: .hidden
        ),
        transform: DecimalNumber.read
    )
    var patience: Double?
    @Option(
        help: ArgumentHelp(
            "With --journal: first print its changes after this one (from 0).",
            valueName: "sequence",
            visibility: .hidden
        )
    )
    var after: Int64?
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if let timeout, !(timeout > 0 && Limits.timeouts ~= timeout) {
            throw ValidationError("--timeout must be more than 0 and at most 604800 seconds")
        }
        if let patience, !Limits.timeouts.contains(patience) {
            throw ValidationError("--patience must be from 0 to 604800 seconds")
        }
        if let after, after < 0 { throw ValidationError("--after must be from 0 to \(Int64.max)") }
        if after != nil, connection.journal == nil { throw ValidationError("--after goes with --journal FILE") }
        if overwrite, download == nil { throw ValidationError("--overwrite goes with --download DIR") }
    }

    func run() async throws {
        try StandardOutput.check()
        let taskIds = try tasks.taskIds(
            apartFrom: connection.connection.readFiles,
            mayBeEmpty: connection.journal != nil
        )
        try connection.connection.checkFiles()
        try connection.connection.checkNetwork()
        // The folder is checked now, so that an unusable folder is reported before the first image arrives.
        if let download { try CoverClient.prepare(directory: download) }
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        var renderer: any WatchRenderer
        if output.json {
            renderer = JSONRenderer()
        } else if Terminal.output.isInteractive {
            renderer = LiveRenderer(palette: output.palette)
        } else {
            renderer = PlainRenderer(palette: output.palette)
        }
        // If the reader of the output or the terminal is gone, the command ends at once. Otherwise it would end only at
        // the next change, or not at all. The system sends SIGHUP for a terminal, but only to the terminal's own session.
        let endsBySignal = isatty(STDOUT_FILENO) == 1 && !ProcessStart.ignoredSignals.contains(SIGHUP)
        try DescriptorTransport(input: 0, output: 1).onHangUp {
            if endsBySignal { kill(getpid(), SIGHUP) } else { endProcess(with: .readerGone) }
        }
        let (connection, after) = (connection, after)
        let limits = TaskFollower.Limits(
            timeout: timeout.map { .seconds($0) },
            silence: patience == 0 ? nil : .seconds(patience ?? 60)
        )
        let saving = download.map { TaskFollower.Saving(directory: $0, overwrite: overwrite) }
        let chosen = renderer
        try await Bridge.withEndpoint(connection.connection) { endpoint in
            let bridge = try Bridge(endpoint: endpoint, connection: connection.connection, session: .init())
            do {
                if await bridge.client.credentialSource == .none, let first = taskIds.first {
                    // This first query shows whether the key is accepted. An error of the key is so printed once, and
                    // not once per task.
                    _ = try await bridge.client.status(of: first)
                }
                try taskIds.forEach(bridge.client.check)
                var follower = TaskFollower(bridge: bridge, renderer: chosen, saving: saving)
                if let after { try await follower.showChanges(after: after) }
                let interval = connection.connection.waitInterval
                endProcess(with: try await follower.run(taskIds, interval: interval, limits))
            } catch {
                await bridge.client.shutdown()
                throw error
            }
        }
    }
}
