import CoverAPI
import CoverModel
import CoverService
import JSONRPC
import Jansson

/// The answer of a tool.
struct ToolResult: Sendable {
    /// The result in a few words, for models that do not read structured content.
    let summary: String
    let json: [UInt8]
    /// The tasks that are watched for the model from now on.
    let watched: [TaskID]
    /// The tasks that are no longer watched for the model.
    let unwatched: [TaskID]
}

/// A method of the bridge in the form that a model sees.
struct Tool: Sendable {
    /// The properties of a call that a host needs to decide whether the model may make it.
    struct Hints: Sendable, JSONEncodable {
        var isReadOnly = false
        /// Whether the call can remove something: a file, or credits.
        var isDestructive = false
        /// Whether a second call with the same arguments has no further effect.
        var isIdempotent = true
        /// Whether the call has effects outside of this process, for example a query of the API.
        var isOpenWorld = true

        func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("readOnlyHint", isReadOnly)
                $0.member("destructiveHint", isDestructive)
                $0.member("idempotentHint", isIdempotent)
                $0.member("openWorldHint", isOpenWorld)
            }
        }
    }

    let name: String
    let title: String
    /// The method in the bridge's own protocol. The method declares the parameters and the result.
    let method: any BridgeMethod.Type
    /// The description for the model: what the tool does, when to use it, and what to do next.
    let description: String
    let hints: Hints
    /// Parameters of the method that the model does not see, because hosts pass them in another way.
    let hidden: Set<String>
    /// The default values of parameters that are seconds. They differ from the defaults in the bridge's own protocol.
    let defaults: [String: Double]
    /// The parameter that is a path on this machine.
    let path: String?
    /// Calls the method.
    let call:
        @Sendable (CoverService, Parameters, Session, (@Sendable (DownloadProgress) -> Void)?) throws(RPCError) ->
            Answer<ToolResult>

    /// - Parameters:
    ///   - watched: the tasks that are watched for the model from now on.
    ///   - unwatched: the tasks that are no longer watched for the model.
    ///   - summary: the result in a few words.
    init<Method: BridgeMethod>(
        name: String,
        title: String,
        method: Method.Type,
        description: String,
        hints: Hints,
        hidden: Set<String> = [],
        defaults: [String: Double] = [:],
        path: String? = nil,
        watched: @escaping @Sendable (Method.Value) -> [TaskID] = { _ in [] },
        unwatched: @escaping @Sendable (Method.Value) -> [TaskID] = { _ in [] },
        summary: @escaping @Sendable (Method.Value) -> String
    ) {
        (self.name, self.title, self.method, self.description, self.hints) = (name, title, method, description, hints)
        (self.hidden, self.defaults, self.path) = (hidden, defaults, path)
        call = { (service, parameters, session, onProgress) throws(RPCError) -> Answer<ToolResult> in
            try service.answer(method, parameters, in: session, onProgress: onProgress).map { value in
                ToolResult(
                    summary: summary(value),
                    json: value.portableJSONBytes,
                    watched: watched(value),
                    unwatched: unwatched(value)
                )
            }
        }
    }

    var changesWatches: Bool { name == "watch" || name == "unwatch" }

    static func named(_ name: String) -> Tool? { all.first { $0.name == name } }

    /// The parameters that a model may pass.
    func shown(of parameters: [Parameter]) -> [Parameter] { parameters.filter { !hidden.contains($0.name) } }

    /// The error for arguments that the method itself would accept, but that a tool must refuse; nil if there is none.
    ///
    /// - Parameter shown: makes the name of an argument fit for the error.
    func fault(in arguments: JSONValue?, shown: (String) -> String) -> RPCError? {
        unknownArgument(arguments, shown) ?? relativePath(arguments)
    }

    /// Refuses an unknown argument, so that a model learns that it misspelled a name. The method itself ignores unknown
    /// names. A hidden parameter is unknown to the model.
    private func unknownArgument(_ arguments: JSONValue?, _ shown: (String) -> String) -> RPCError? {
        let known = self.shown(of: method.parameters).map(\.name)
        let given = (arguments?.members ?? []).filter { !$0.value.isNull }
        guard let unknown = given.first(where: { !known.contains($0.name) })?.name else { return nil }
        let all = known.joined(separator: ", ")
        let advice =
            if known.isEmpty { "it takes none" } else if let nearest = Spelling.nearest(to: unknown, among: known) {
                "the nearest is \"\(nearest)\", of \(all)"
            } else { "it takes \(all)" }
        let word = shown(unknown)
        return .invalidParams("\(name) has no argument \"\(word)\"; \(advice)", parameter: word)
    }

    /// Refuses a relative path, because a host may start the server in any folder. A path with `~` is refused too,
    /// because no shell expands it.
    private func relativePath(_ arguments: JSONValue?) -> RPCError? {
        guard let path, let given = arguments?[path]?.string, !given.isEmpty, !given.hasPrefix("/") else { return nil }
        return .invalidParams(
            "the parameter \"\(path)\" must be an absolute path, one that begins with /; ~ is not expanded",
            parameter: path
        )
    }

    /// The arguments of a call with the defaults added.
    func completed(_ arguments: JSONValue?) -> JSONValue? {
        let missing = defaults.filter { arguments?[$0.key].map(\.isNull) ?? true }
        guard !missing.isEmpty else { return arguments }
        var writer = JSONWriter()
        writer.object {
            for (name, value) in arguments?.members ?? [] where missing[name] == nil { $0.member(name, value) }
            for (name, value) in missing { $0.member(name, value) }
        }
        return (try? JSONValue(parsing: writer.bytes)) ?? arguments
    }
}

/// A tool as `tools/list` describes it. The sandbox allows shorter intervals.
struct ListedTool: JSONEncodable {
    let tool: Tool
    let isSandbox: Bool

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", tool.name)
            $0.member("title", tool.title)
            $0.member("description", tool.description)
            $0.member("inputSchema", InputSchema(parameters: tool.method.parameters(inSandbox: isSandbox), tool: tool))
            $0.member("outputSchema", InlinedSchema(tool.method.result.schema))
            $0.member("annotations", tool.hints)
        }
    }
}
