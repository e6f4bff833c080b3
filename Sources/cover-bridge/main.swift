import JSONRPC

// The start of the process.
//
// Editors often start the bridge, and use no arguments. In that case no parser runs, because parsing takes longer than
// all the rest of the start. The parser looks up types by name, and for each type the runtime reads its whole table of
// conformances.
ProcessStart.settle()
let arguments = CommandLine.arguments.dropFirst()
if arguments.isEmpty || Array(arguments) == ["serve"] {
    Server(connection: Connection(), session: Session.Configuration.command).run()
} else {
    CoverBridge.run()
}
