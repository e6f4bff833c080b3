package import Jansson

/// One parameter of a method: its name, what it means, and what it may be.
package struct Parameter: Sendable {
    package let name: String
    package let summary: String
    package let schema: Schema
    package let isRequired: Bool

    init(_ name: String, _ summary: String, _ schema: Schema, isRequired: Bool = false) {
        self.name = name
        self.summary = summary
        self.schema = schema
        self.isRequired = isRequired
    }

    static let taskId = Parameter("taskId", "The cover task.", .shape("TaskId"), isRequired: true)
    static let taskIds = Parameter(
        "taskIds",
        "The cover tasks.",
        .array(of: .shape("TaskId"), counts: 1...1000),
        isRequired: true
    )
    static let timeout = Parameter("timeout", "After how many seconds to give up.", .number(above: 0, to: 604_800))
}

/// A content descriptor of OpenRPC.
extension Parameter: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", name)
            $0.member("summary", summary)
            if isRequired { $0.member("required", true) }
            $0.member("schema", schema)
        }
    }
}
