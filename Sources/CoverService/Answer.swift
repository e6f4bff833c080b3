package import JSONRPC
import Jansson

/// The answer of a method, before a frontend writes it.
package enum Answer<Value: Sendable>: Sendable {
    case now(Value)
    /// Runs work that waits or queries the API. If the work returns a value, `onDelivery` is called as in a ``Reply``.
    /// `onCancel` and `effect` are as in ``Outcome/later(_:onCancel:effect:)``.
    case later(
        @Sendable () async throws -> Value,
        onDelivery: Reply.OnDelivery? = nil,
        onCancel: Outcome.OnCancel? = nil,
        effect: String? = nil
    )
}

extension Answer {
    /// The same answer with a transformed value.
    package func map<Result: Sendable>(_ transform: @escaping @Sendable (Value) -> Result) -> Answer<Result> {
        switch self {
        case .now(let value): .now(transform(value))
        case .later(let work, let onDelivery, let onCancel, let effect):
            .later({ transform(try await work()) }, onDelivery: onDelivery, onCancel: onCancel, effect: effect)
        }
    }

    /// This answer as an outcome of the session. Errors are translated into errors of the protocol.
    ///
    /// - Parameters:
    ///   - around: runs the work, if there is any.
    ///   - write: makes the reply from the value and the function to call when its delivery advances.
    package func outcome(
        around: (@Sendable (_ work: @escaping @Sendable () async throws -> Value) async throws -> Value)? = nil,
        _ write:
            @escaping @Sendable (Result<Value, RPCError>, _ onDelivery: Reply.OnDelivery?) throws(RPCError) -> Reply
    ) -> Outcome {
        switch self {
        case .now(let value):
            do throws(RPCError) { return .result(try write(.success(value), nil)) } catch { return .failure(error) }
        case .later(let work, let onDelivery, let onCancel, let effect):
            return .later(
                {
                    let value: Value
                    do {
                        value = if let around { try await around(work) } else { try await work() }
                    } catch {
                        guard let error = error as? RPCError ?? RPCError(translating: error) else { throw error }
                        return try write(.failure(error), nil)
                    }
                    return try write(.success(value), onDelivery)
                },
                onCancel: onCancel.map(Self.translating),
                effect: effect
            )
        }
    }

    private static func translating(_ work: @escaping Outcome.OnCancel) -> Outcome.OnCancel {
        { do { try await work() } catch { throw RPCError(translating: error) ?? error } }
    }
}

extension Answer where Value: JSONEncodable {
    /// This answer as a JSON-RPC outcome.
    var outcome: Outcome {
        switch self {
        case .now(let value): .result(Reply(value))
        case .later(let work, let onDelivery, let onCancel, let effect):
            .later(
                {
                    do { return Reply(try await work(), onDelivery: onDelivery) } catch {
                        throw RPCError(translating: error) ?? error
                    }
                },
                onCancel: onCancel.map(Self.translating),
                effect: effect
            )
        }
    }
}
