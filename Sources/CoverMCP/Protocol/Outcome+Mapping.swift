import JSONRPC

extension Outcome {
    /// This outcome with another result, whenever it comes.
    ///
    /// - Parameters:
    ///   - around: runs the work, where there is any to wait for.
    ///   - transform: makes the reply of a result or of an error, or throws another error.
    func mapped(
        around: @escaping @Sendable (_ work: @escaping @Sendable () async throws -> Reply) async throws -> Reply = {
            try await $0()
        },
        to transform: @escaping @Sendable (Result<Reply, RPCError>) throws(RPCError) -> Reply
    ) -> Outcome {
        func now(_ result: Result<Reply, RPCError>) -> Outcome {
            do throws(RPCError) { return .result(try transform(result)) } catch { return .failure(error) }
        }
        switch self {
        case .result(let reply): return now(.success(reply))
        case .failure(let error): return now(.failure(error))
        case .later(let work, let onCancel):
            return .later({ try await Self.run(work, around, transform) }, onCancel: onCancel)
        case .laterByID(let work):
            return .laterByID { id in try await Self.run({ try await work(id) }, around, transform) }
        }
    }

    private static func run(
        _ work: @escaping @Sendable () async throws -> Reply,
        _ around: @Sendable (_ work: @escaping @Sendable () async throws -> Reply) async throws -> Reply,
        _ transform: @Sendable (Result<Reply, RPCError>) throws(RPCError) -> Reply
    ) async throws -> Reply {
        let result: Result<Reply, RPCError>
        do { result = .success(try await around(work)) } catch let error as RPCError { result = .failure(error) }
        return try transform(result)
    }
}
