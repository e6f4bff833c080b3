import JSONRPC

// Where the process begins.
//
// An editor starts the bridge without arguments, and often: then nothing is parsed. Parsing takes longer than all the rest of the
// start, for it asks the runtime about types by name, and the runtime reads its whole table of conformances for each.
ProcessStart.settle()
let arguments = CommandLine.arguments.dropFirst()
if arguments.isEmpty || Array(arguments) == ["serve"] {
    Server(connection: Connection(), session: Session.Configuration.command).run()
} else {
    CoverBridge.run()
}
