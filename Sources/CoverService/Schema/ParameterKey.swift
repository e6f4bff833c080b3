import CoverModel
import JSONRPC
import Jansson

/// A parameter of a method, by which its value is read: the document, the schema and the reader come from this one line.
package struct ParameterKey<Value: Sendable>: Sendable {
    let parameter: Parameter
    /// Reads what was sent; nil: nothing, or null.
    let read: @Sendable (JSONValue?) throws(RPCError) -> Value

    /// A parameter that must be there.
    init(_ name: String, _ summary: String, _ type: ParameterType<Value>) {
        parameter = Parameter(name, summary, type.schema, isRequired: true)
        read = { (value: JSONValue?) throws(RPCError) -> Value in
            guard let value else { throw .invalidParams("the parameter \"\(name)\" is missing", parameter: name) }
            return try type.read(value, name)
        }
    }

    /// A parameter that has this value where it is absent.
    init(_ name: String, _ summary: String, _ type: ParameterType<Value>, default absent: Value) {
        parameter = Parameter(name, summary, type.schema)
        read = { (value: JSONValue?) throws(RPCError) -> Value in
            guard let value else { return absent }
            return try type.read(value, name)
        }
    }

    /// A parameter that may be absent.
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
    /// More than nothing, and at most a week.
    static let timeout = ParameterKey(
        "timeout",
        "After how many seconds to give up.",
        optional: .seconds(Limits.timeouts).checked("must be more than 0 seconds") { $0 > .zero }
            .described(by: .number(above: Limits.timeouts.lowerBound, to: Limits.timeouts.upperBound))
    )
}
