import CoverModel
import JSONRPC
import Jansson

/// A parameter of a method, and the key to its value. One such declaration gives the entry in the OpenRPC document, the
/// schema and the reader.
package struct ParameterKey<Value: Sendable>: Sendable {
    let parameter: Parameter
    /// Reads the value that was sent. A nil argument means that the value is absent or null.
    let read: @Sendable (JSONValue?) throws(RPCError) -> Value

    /// A required parameter.
    init(_ name: String, _ summary: String, _ type: ParameterType<Value>) {
        parameter = Parameter(name, summary, type.schema, isRequired: true)
        read = { (value: JSONValue?) throws(RPCError) -> Value in
            guard let value else { throw .invalidParams("the parameter \"\(name)\" is missing", parameter: name) }
            return try type.read(value, name)
        }
    }

    /// A parameter with a default value.
    init(_ name: String, _ summary: String, _ type: ParameterType<Value>, default absent: Value) {
        parameter = Parameter(name, summary, type.schema)
        read = { (value: JSONValue?) throws(RPCError) -> Value in
            guard let value else { return absent }
            return try type.read(value, name)
        }
    }

    /// An optional parameter.
    init<Wrapped: Sendable>(_ name: String, _ summary: String, optional type: ParameterType<Wrapped>)
    where Value == Wrapped? {
        parameter = Parameter(name, summary, type.schema)
        read = { (value: JSONValue?) throws(RPCError) -> Value in
            guard let value else { return nil }
            return try type.read(value, name)
        }
    }
}

extension ParameterKey<TaskID> {
    static let taskId = ParameterKey("taskId", "The cover task.", .taskId)
}

extension ParameterKey<[TaskID]> {
    static let taskIds = ParameterKey("taskIds", "The cover tasks.", .taskIds)
}

extension ParameterKey<Duration?> {
    /// The time limit of a call, in seconds: more than zero, and at most a week.
    static let timeout = ParameterKey(
        "timeout",
        "The time limit in seconds.",
        optional: .seconds(upTo: Limits.timeouts.upperBound)
    )
}
