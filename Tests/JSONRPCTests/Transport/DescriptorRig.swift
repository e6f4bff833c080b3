import Dispatch
import TestSupport

@testable import JSONRPC

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A running session with real descriptors. The rig does not read the session's output before the call of
/// ``readAll()``.
final class DescriptorRig: Sendable {
    enum Output: CaseIterable {
        case pipe
        /// A pipe that cannot be opened a second time.
        case sharedPipe
        case socket, file
    }

    struct SystemError: Error {
        let code = errno
    }

    let handler = ScriptedSessionHandler()
    let session: Session
    private let framing: Framing
    private let output: Output
    private let input: Int32
    /// The end that the session writes to, and the end that the test reads from.
    private let (writer, reader): (Int32, Int32)
    private let running: Task<SessionEnd, any Error>
    private let writing = DispatchQueue(label: "DescriptorRig.write")

    init(_ output: Output, _ framing: Framing) throws {
        _ = signal(SIGPIPE, SIG_IGN)
        let sessionInput: Int32
        (sessionInput, input) = try Self.pipe()
        (reader, writer) = try Self.ends(of: output)
        self.output = output
        self.framing = framing
        var configuration = Session.Configuration()
        configuration.framing = framing
        // The session ends without waiting until its output is read.
        configuration.stopLimit = .zero
        let kind = output == .sharedPipe ? OutputKind.sharedPipe : OutputKind(of: writer)
        let session = Session(
            transport: DescriptorTransport(input: sessionInput, output: writer, kind),
            handler: handler,
            configuration: configuration
        )
        self.session = session
        running = Task { try await session.run() }
    }

    deinit {
        for descriptor in [reader, writer, input] { close(descriptor) }
    }

    /// The reason why the session ended. This waits for the end.
    var end: SessionEnd {
        get async throws { try await running.value }
    }

    /// Sends a message. This call returns before the message is written.
    func send(_ message: String) {
        let text =
            framing == .newlineDelimited ? message + "\n" : "Content-Length: \(message.utf8.count)\r\n\r\n\(message)"
        let (bytes, input) = (Array(text.utf8), input)
        writing.async {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes { unsafe write(input, $0.baseAddress, $0.count) }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Ends the input of the session after all messages that were sent.
    func endInput() {
        let input = input
        // `dup2` puts another descriptor in the place of the input, so that no other file gets the number of the input.
        writing.async { dup2(STDERR_FILENO, input) }
    }

    /// All bytes that the session writes until it ends.
    func readAll() async throws -> [UInt8] {
        // The rig reads a file when the session has ended, because only then is the file complete. A pipe ends when its
        // last writer closes it.
        if output == .file { _ = try await end }
        let (reader, writer, running) = (reader, writer, running)
        Task {
            _ = try? await running.value
            dup2(STDERR_FILENO, writer)
        }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var bytes: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 65_536)
                while true {
                    let count = unsafe read(reader, &buffer, buffer.count)
                    guard count > 0 else { return continuation.resume(returning: bytes) }
                    bytes += buffer.prefix(count)
                }
            }
        }
    }

    private static func ends(of output: Output) throws -> (reader: Int32, writer: Int32) {
        switch output {
        case .pipe, .sharedPipe: return try pipe()
        case .socket:
            var ends: [Int32] = [0, 0]
            #if canImport(Glibc)
                let kind = Int32(SOCK_STREAM.rawValue)
            #else
                let kind = SOCK_STREAM
            #endif
            guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SystemError() }
            return (ends[0], ends[1])
        case .file:
            var name = Array("/tmp/cover-bridge-XXXXXX".utf8CString)
            let writer = unsafe mkstemp(&name)
            let reader = unsafe open(name, O_RDONLY)
            _ = unsafe unlink(name)
            guard writer >= 0, reader >= 0 else { throw SystemError() }
            return (reader, writer)
        }
    }

    private static func pipe() throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [0, 0]
        guard systemPipe(&ends) == 0 else { throw SystemError() }
        return (ends[0], ends[1])
    }
}

// A method above has the same name as the system function `pipe`. This function makes the system function available
// there.
private func systemPipe(_ ends: inout [Int32]) -> Int32 { unsafe pipe(&ends) }
