import CoverAPI
import CoverModel
import CoverTerminal
import Logging

/// The common part of the commands that query once and end.
enum OneShot {
    /// Runs `body` with a client, and ends the process with the code that it returns.
    ///
    /// - Parameters:
    ///   - options: the settings of the client.
    ///   - joinsFleet: whether the command counts as a bridge of its fleet.
    ///   - interruption: what to print if a signal ends the command.
    ///   - body: the work of the command.
    static func run(
        _ options: ClientOptions,
        joinsFleet: Bool = true,
        interruption: String = "nothing of it is left half done. Run it again.",
        _ body: @escaping @Sendable (_ client: CoverClient, _ endpoint: String) async throws -> ExitStatus
    ) async throws {
        // This check comes first. Otherwise the command could order a cover whose result would be lost.
        try StandardOutput.check()
        try options.connection.checkFiles()
        try options.connection.checkNetwork()
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        try await Signals.endingEarly("interrupted; \(interruption)") {
            try await Bridge.withEndpoint(options.connection) { endpoint in
                let client = try Bridge.client(
                    endpoint: endpoint,
                    connection: options.connection,
                    joinsFleet: joinsFleet
                )
                do {
                    let status = try await body(client, endpoint)
                    try Task.checkCancellation()
                    endProcess(with: status)
                } catch {
                    await client.shutdown()
                    throw (error as? CoverError).map { Failure($0, about: $0.taskId) } ?? error
                }
            }
        }
    }

    /// Sends the queries for all tasks at the same time. The answers are passed on in the order of the tasks. If a signal
    /// interrupts the command, the answers that have come are passed on, and the method returns.
    static func each<T: Sendable>(
        _ taskIds: [TaskID],
        _ ask: @escaping @Sendable (TaskID) async throws -> T,
        _ take: (TaskID, Result<T, CoverError>) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Result<T, CoverError>).self) { group in
            for (index, taskId) in taskIds.enumerated() {
                group.addTask {
                    do { return (index, .success(try await ask(taskId))) } catch let error as CoverError {
                        return (index, .failure(error))
                    }
                }
            }
            var early: [Int: Result<T, CoverError>] = [:]
            var next = 0
            while let result = await group.nextResult() {
                do {
                    let (index, answer) = try result.get()
                    early[index] = answer
                } catch is CancellationError {
                    // The query was interrupted, and has no answer.
                }
                while let result = early.removeValue(forKey: next) {
                    try take(taskIds[next], result)
                    next += 1
                }
            }
            for index in early.keys.sorted() { try early[index].map { try take(taskIds[index], $0) } }
        }
    }
}
