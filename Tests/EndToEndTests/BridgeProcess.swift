import Jansson

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The real binary, or a shell around it, as a child of the test, with pipes for its input and output.
///
/// Its standard error goes into a file without a name, so that it never blocks; see ``standardError``. What it starts is in its
/// process group, which is killed at the end.
@EndToEnd final class BridgeProcess {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What stands in for each standard descriptor of the child.
    enum Stream: Hashable {
        /// A pipe to the test; for standard error the file.
        case pipe
        case null
    }

    /// Long enough for what takes a moment, on a machine that has much else to do.
    nonisolated static let patience = Duration.seconds(20)

    let process: pid_t
    private(set) var input: Int32
    private(set) var output: Int32
    private let errors: Int32
    /// What was read and not asked for yet.
    var buffer: [UInt8] = []
    var reachedEnd = false
    /// Messages with a method that came while something else was awaited.
    var notifications: [JSONValue] = []
    private var status: Int32?

    /// Starts the binary with these arguments.
    convenience init(
        _ arguments: String...,
        environment: [String: String] = [:],
        input: Stream = .pipe
    ) throws {
        try self.init(executable: Self.binary, arguments, environment: environment, input: input)
    }

    convenience init(arguments: [String]) throws {
        try self.init(executable: Self.binary, arguments, environment: [:], input: .pipe)
    }

    /// Starts a shell; `$BRIDGE` names the binary.
    convenience init(shell script: String, environment: [String: String] = [:]) throws {
        try self.init(executable: "/bin/sh", ["-c", script], environment: environment, input: .pipe)
    }

    private init(executable: String, _ arguments: [String], environment: [String: String], input: Stream) throws {
        _ = signal(SIGPIPE, SIG_IGN)
        let (childInput, ownInput) = try Self.pipe()
        let (ownOutput, childOutput) = try Self.pipe()
        errors = try Self.unnamedFile()
        (self.input, output) = (ownInput, ownOutput)
        defer {
            close(childInput)
            close(childOutput)
        }
        var variables = ["PATH": "/usr/bin:/bin", "BRIDGE": Self.binary]
        variables.merge(environment) { $1 }
        process = try Self.spawn(executable, arguments, variables, [childInput, childOutput, errors])
        if input == .null { closeInput() }
    }

    isolated deinit {
        kill(-process, SIGKILL)
        kill(process, SIGKILL)
        if status == nil { _ = waitpid(process, nil, 0) }
        closeInput()
        closeOutput()
        close(errors)
    }

    func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    func closeOutput() {
        if output >= 0 { close(output) }
        output = -1
    }

    func send(signal: Int32) { kill(process, signal) }

    /// Waits for the end of the child.
    ///
    /// - Returns: its exit code, or the number of the signal that ended it, negative.
    func waitForExit(within limit: Duration = patience) throws -> Int32 {
        let deadline = ContinuousClock.now + limit
        while status == nil {
            var word: Int32 = 0
            if unsafe waitpid(process, &word, WNOHANG) == process {
                status = word & 0x7F == 0 ? word >> 8 & 0xFF : -(word & 0x7F)
            } else if ContinuousClock.now > deadline {
                throw Failure(description: "the process has not ended within \(limit)")
            } else {
                usleep(2_000)
            }
        }
        return status ?? 0
    }

    var isRunning: Bool {
        (try? waitForExit(within: .zero)) == nil
    }

    /// All that the child, and what it started, has written to standard error.
    var standardError: String {
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe pread(errors, &chunk, chunk.count, off_t(text.count))
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += chunk.prefix(count)
        }
    }
}
