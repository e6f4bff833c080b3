import CoverAPI
import CoverModel
import JSONRPC
import Jansson

/// The parameters of one call, read by the method's own list of them: by name, or by position in that order.
package struct Arguments {
    private let parameters: Parameters
    private let declared: [Parameter]
    /// Told how far a download is, where the face has its own way of saying so.
    let onProgress: (@Sendable (DownloadProgress) -> Void)?

    init(
        _ parameters: Parameters,
        declared: [Parameter],
        onProgress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) {
        self.parameters = parameters
        self.declared = declared
        self.onProgress = onProgress
    }

    /// The value as it was sent; nil where it is absent or null.
    ///
    /// - Throws: `invalidParams` where a required one is absent.
    func value(_ name: String) throws(RPCError) -> JSONValue? {
        guard let position = declared.firstIndex(where: { $0.name == name }) else { return nil }
        let value = parameters[name, position]
        if value == nil, declared[position].isRequired {
            throw .invalidParams("the parameter \"\(name)\" is missing", parameter: name)
        }
        return value
    }

    func string(_ name: String) throws(RPCError) -> String? {
        guard let value = try value(name) else { return nil }
        guard let string = value.string else { throw Self.wrong(name, "a string", value) }
        return string
    }

    func bool(_ name: String) throws(RPCError) -> Bool? {
        guard let value = try value(name) else { return nil }
        guard let bool = value.bool else { throw Self.wrong(name, "true or false", value) }
        return bool
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws(RPCError) -> Int64? {
        guard let value = try value(name) else { return nil }
        let whole = value.integer ?? value.number.flatMap(Int64.init(exactly:))
        guard let whole else { throw Self.wrong(name, "a whole number", value) }
        guard range.contains(whole) else {
            throw .invalidParams(
                "the parameter \"\(name)\" must be from \(range.lowerBound) to \(range.upperBound)",
                parameter: name
            )
        }
        return whole
    }

    /// Seconds, fractions allowed.
    func seconds(_ name: String, in range: ClosedRange<Double>) throws(RPCError) -> Duration? {
        guard let value = try value(name) else { return nil }
        guard let seconds = value.number else { throw Self.wrong(name, "a number of seconds", value) }
        guard range.contains(seconds) else {
            let (low, high) = (range.lowerBound.jsonText, range.upperBound.jsonText)
            throw .invalidParams(
                "the parameter \"\(name)\" must be from \(low) to \(high) seconds",
                parameter: name
            )
        }
        return .seconds(seconds)
    }

    /// More than nothing, and at most a week.
    func timeout() throws(RPCError) -> Duration? {
        guard let timeout = try seconds("timeout", in: 0...604_800) else { return nil }
        guard timeout > .zero else {
            throw .invalidParams("the parameter \"timeout\" must be more than 0 seconds", parameter: "timeout")
        }
        return timeout
    }

    func taskId(_ name: String = "taskId") throws(RPCError) -> TaskID {
        try Self.taskId(string(name) ?? "", name)
    }

    /// The task ids, once each, in the order given.
    func taskIds() throws(RPCError) -> [TaskID] {
        let name = "taskIds"
        guard let value = try value(name) else { return [] }
        guard let elements = value.elements else { throw Self.wrong(name, "an array of task ids", value) }
        guard 1...1000 ~= elements.count else {
            throw .invalidParams("the parameter \"\(name)\" must have 1 to 1000 task ids", parameter: name)
        }
        var seen: Set<TaskID> = []
        var ids: [TaskID] = []
        for element in elements {
            guard let text = element.string else { throw Self.wrong(name, "an array of strings", element) }
            let id = try Self.taskId(text, name)
            if seen.insert(id).inserted { ids.append(id) }
        }
        return ids
    }

    private static func taskId(_ text: String, _ name: String) throws(RPCError) -> TaskID {
        let id = TaskID(text)
        guard id.isValid else {
            throw .invalidParams(
                "a task id has 1 to 256 characters, none of them a control character",
                parameter: name
            )
        }
        return id
    }

    private static func wrong(_ name: String, _ wanted: String, _ value: JSONValue) -> RPCError {
        .invalidParams("the parameter \"\(name)\" must be \(wanted), this is \(value.kind.phrase)", parameter: name)
    }
}
