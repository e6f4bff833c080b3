import CoverModel
import JSONRPC
import Jansson

/// The type of a parameter: its schema, and a reader that enforces the schema.
package struct ParameterType<Value: Sendable>: Sendable {
    let schema: Schema
    let read: @Sendable (_ value: JSONValue, _ name: String) throws(RPCError) -> Value

    private init(
        _ schema: Schema,
        read: @escaping @Sendable (_ value: JSONValue, _ name: String) throws(RPCError) -> Value
    ) {
        self.schema = schema
        self.read = read
    }

    /// - Parameters:
    ///   - schema: the schema.
    ///   - wanted: words that say what the value must be, such as "a string".
    ///   - convert: converts a value; nil if the value has another type.
    init(_ schema: Schema, _ wanted: String, _ convert: @escaping @Sendable (JSONValue) -> Value?) {
        self.init(schema) { (value: JSONValue, name: String) throws(RPCError) -> Value in
            guard let converted = convert(value) else {
                let found = "this is \(value.kind.phrase)"
                throw .invalidParams("the parameter \"\(name)\" must be \(wanted), \(found)", parameter: name)
            }
            return converted
        }
    }

    /// The same type with a further conversion.
    func then<Result: Sendable>(
        _ next: @escaping @Sendable (_ value: Value, _ name: String) throws(RPCError) -> Result
    ) -> ParameterType<Result> {
        ParameterType<Result>(schema) { [read] (value: JSONValue, name: String) throws(RPCError) -> Result in
            try next(try read(value, name), name)
        }
    }

    /// The same type with a further rule. The text of the rule is, for example, "must name a directory".
    func checked(_ rule: String, _ isRight: @escaping @Sendable (Value) -> Bool) -> Self {
        then { (value: Value, name: String) throws(RPCError) -> Value in
            guard isRight(value) else {
                throw .invalidParams("the parameter \"\(name)\" \(rule)", parameter: name)
            }
            return value
        }
    }

    /// The same type with another schema, for types that the document describes differently.
    func described(by schema: Schema) -> Self { Self(schema, read: read) }
}

extension ParameterType<JSONValue> {
    /// The type of a value that is used as it was sent.
    static func value(_ schema: Schema) -> Self { Self(schema, "a value") { $0 } }
}

extension ParameterType<String> {
    static let string = ParameterType(.string, "a string", \.string)
}

extension ParameterType<Bool> {
    static let boolean = ParameterType(.boolean, "true or false", \.bool)
}

extension ParameterType<Int> {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        let schema = Schema.integer(from: range.lowerBound, to: range.upperBound)
        let number = ParameterType<JSONValue>(schema, "a whole number") { $0.number == nil ? nil : $0 }
        let whole = number.checked("must be a whole number, this one has a fraction") { value in
            value.number.map { $0.rounded() == $0 } ?? false
        }
        let limits = "must be from \(range.lowerBound) to \(range.upperBound)"
        return whole.then { (value: JSONValue, name: String) throws(RPCError) -> Int in
            // A number that is too large for `Int` is also outside the range.
            guard let whole = value.integer.map(Int.init) ?? value.number.flatMap(Int.init(exactly:)),
                range.contains(whole)
            else { throw .invalidParams("the parameter \"\(name)\" \(limits)", parameter: name) }
            return whole
        }
    }

    static func integer(from minimum: Int) -> Self { integer(minimum...Int.max).described(by: .integer(from: minimum)) }
}

extension ParameterType<Duration> {
    /// The type of a number of seconds, which may have a fraction.
    static func seconds(_ range: ClosedRange<Double>) -> Self {
        let (low, high) = (range.lowerBound, range.upperBound)
        let rule = "must be from \(low.jsonText) to \(high.jsonText) seconds"
        return seconds(.number(from: low, to: high), rule, range.contains)
    }

    /// The type of a number of seconds that is more than 0.
    static func seconds(upTo most: Double) -> Self {
        let rule = "must be more than 0 and at most \(most.jsonText) seconds"
        // A number that is too small for a `Duration` is 0.
        return seconds(.number(above: 0, to: most), rule) { 0...most ~= $0 && Duration.seconds($0) > .zero }
    }

    private static func seconds(
        _ schema: Schema,
        _ rule: String,
        _ isRight: @escaping @Sendable (Double) -> Bool
    ) -> Self {
        ParameterType<Double>(schema, "a number of seconds", \.number).checked(rule, isRight)
            .then { (seconds: Double, _) in .seconds(seconds) }
    }
}

extension ParameterType<TaskID> {
    static let taskId = ParameterType<String>.string.described(by: .shape("TaskId"))
        .then { (text: String, name: String) throws(RPCError) -> TaskID in try TaskID(text, parameter: name) }
}

extension ParameterType<[TaskID]> {
    /// A list of task ids. The reader keeps their order and removes repetitions.
    static let taskIds = ParameterType<[JSONValue]>(
        .array(of: .shape("TaskId"), counts: Limits.taskCounts),
        "an array of task ids",
        { $0.elements.map(Array.init) }
    )
    .checked("must have \(Limits.taskCounts.lowerBound) to \(Limits.taskCounts.upperBound) task ids") {
        Limits.taskCounts.contains($0.count)
    }
    .then { (elements: [JSONValue], name: String) throws(RPCError) -> [TaskID] in
        let text = ParameterType<String>(.string, "an array of strings", \.string)
        var seen: Set<TaskID> = []
        var ids: [TaskID] = []
        for (index, element) in elements.enumerated() {
            let place = elements.count > 1 ? ", number \(index + 1) of \(name)," : ""
            let id = try TaskID(try text.read(element, name), parameter: name, place)
            if seen.insert(id).inserted { ids.append(id) }
        }
        return ids
    }
}

extension TaskID {
    /// - Parameter place: where the id is in a list.
    fileprivate init(_ text: String, parameter: String, _ place: String = "") throws(RPCError) {
        self.init(text)
        guard isValid else {
            throw .invalidParams("a task id has \(Self.rule); this one\(place) \(fault)", parameter: parameter)
        }
    }
}
