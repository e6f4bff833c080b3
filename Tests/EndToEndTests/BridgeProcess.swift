import Jansson

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The real binary as a child process of the test, with pipes for its input and output.
///
/// The child's standard error goes into an unnamed file, so that the child never waits for a reader; see
/// ``standardError``. The child is killed when the test ends.
@EndToEnd final class BridgeProcess {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A time limit that is long enough for a quick operation on a busy machine.
    nonisolated static let patience = Duration.seconds(20)

    let process: pid_t
    private(set) var input: Int32
    private(set) var output: Int32
    private let errors: Int32
    /// Bytes that were read from the child and not used yet.
    var buffer: [UInt8] = []
    var reachedEnd = false
    /// Notifications and requests of the child that came while the test waited for another message.
    var notifications: [JSONValue] = []
    private var status: Int32?

    /// Starts the binary with these arguments.
    ///
    /// - Parameter errors: a descriptor for the child's standard error. Nil means the unnamed file.
    convenience init(_ arguments: String..., environment: [String: String] = [:], errors: Int32? = nil) throws {
        try self.init(arguments: arguments, environment: environment, errors: errors)
    }

    init(arguments: [String], environment: [String: String] = [:], errors: Int32? = nil) throws {
        _ = signal(SIGPIPE, SIG_IGN)
        let (childInput, ownInput) = try Self.pipe()
        let (ownOutput, childOutput) = try Self.pipe()
        (input, output) = (ownInput, ownOutput)
        self.errors = try Self.unnamedFile()
        defer {
            close(childInput)
            close(childOutput)
        }
        process = try Self.spawn(
            Self.binary,
            arguments,
            ["PATH": "/usr/bin:/bin"].merging(environment) { $1 },
            [childInput, childOutput, errors ?? self.errors]
        )
    }

    isolated deinit {
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
    /// - Returns: the child's exit code. If a signal ended the child, the result is the negative number of the signal.
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

    /// All text that the child has written to standard error.
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
