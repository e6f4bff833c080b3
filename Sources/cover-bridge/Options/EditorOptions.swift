import ArgumentParser

/// The arguments that an editor's client of the Language Server Protocol adds to every command.
struct EditorOptions: ParsableArguments {
    @Flag(help: "Accepted and ignored, as editors pass it.")
    var stdio = false

    @Option(
        name: .customLong("clientProcessId"),
        help: ArgumentHelp(
            "A process whose death ends the bridge, besides its parent's (from 1).",
            valueName: "n",
            visibility: .hidden
        )
    )
    var clientProcessId: Int64?

    func validate() throws {
        guard let clientProcessId, clientProcessId < 1 else { return }
        throw ValidationError("--clientProcessId must be the number of a process")
    }

    /// The number of the client's process; nil if no process of this system can have the number.
    var clientProcess: Int32? { clientProcessId.flatMap(Int32.init(exactly:)) }
}
