import CoverFleet
import Foundation
import Synchronization
import Testing

/// A `redis-server` for the tests, with a temporary folder. The server ends when this value is freed, or when the
/// process of the tests ends.
final class RedisServer: Sendable {
    struct Failure: Error { let words: String }

    /// One server for all tests without special needs. Each of these tests uses a group of its own.
    static let shared = Result { try RedisServer() }

    /// A shell command that starts the server. When the command's input ends, the command ends the server. The input
    /// also ends with the process of the tests.
    private static let guardian = """
        redis-server "$@" >/dev/null 2>&1 </dev/null &
        echo $!
        read -r _
        kill -9 $!
        """

    let folder: String
    /// The server's process.
    let pid: pid_t
    /// The pipe to the guardian. The server runs while this pipe is open.
    private let leash: Pipe

    /// - Parameter options: options of the server's command line.
    static func started(_ options: [String] = []) async throws -> RedisServer {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try RedisServer(options) }) }
        }
    }

    /// One process at a time is started.
    private static let starts = Mutex(())

    /// Starts a process. Foundation keeps a process from inheriting the pipes that exist when its start begins. A pipe that
    /// another thread makes meanwhile would stay open in it, and who reads that pipe to its end would wait forever.
    ///
    /// - Parameter redirect: sets the input and the output of the process. It makes the pipes.
    private static func start<Pipes>(_ process: Process, _ redirect: (Process) -> Pipes) throws -> Pipes {
        try starts.withLock { _ in
            let pipes = redirect(process)
            process.standardError = FileHandle.nullDevice
            try process.run()
            return pipes
        }
    }

    private init(_ options: [String] = []) throws {
        folder = NSTemporaryDirectory() + "redis-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments =
            [
                "-c", Self.guardian, "sh", "--dir", folder, "--save", "", "--unixsocket", folder + "/socket", "--port",
                "0",
            ] + options
        let output: Pipe
        (leash, output) = try Self.start(shell) {
            let pipes = (Pipe(), Pipe())
            ($0.standardInput, $0.standardOutput) = pipes
            return pipes
        }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let pid = pid_t(line.filter(\.isNumber)) else { throw Failure(words: "no pid of redis-server: \(line)") }
        self.pid = pid
        let deadline = Date.now + 60
        // Any answer shows that the server has started. The server may require a password, so the answer may be an
        // error.
        while try run(["PING"]).isEmpty {
            guard Date.now < deadline, kill(pid, 0) == 0 else { throw Failure(words: "redis-server does not start") }
            usleep(5000)
        }
    }

    deinit {
        try? leash.fileHandleForWriting.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// - Parameter suffix: the end of the address, for example `?db=1`.
    func address(user: String = "", _ suffix: String = "") throws -> RedisAddress {
        let address = try FleetAddress(parsing: "redis+unix://\(user)\(folder)/socket\(suffix)", isPublic: false)
        guard case .redis(let redis) = address else { throw Failure(words: "no address of a Redis") }
        return redis
    }

    /// The output of `redis-cli`. `redis-cli` runs on a separate thread, because a blocked thread of the pool would
    /// delay the store under test.
    @discardableResult
    func cli(_ words: String...) async throws -> String { try await cli(words) }

    func cli(_ words: [String]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { [self] in continuation.resume(with: Result { try run(words) }) }
        }
    }

    private func run(_ words: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["redis-cli", "-s", folder + "/socket"] + words
        let output = try Self.start(process) {
            let output = Pipe()
            $0.standardOutput = output
            return output
        }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
