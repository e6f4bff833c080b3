import ArgumentParser
import CoverTerminal

/// The form in which results are shown.
struct OutputOptions: ParsableArguments {
    @Flag(help: "JSON, one value a line.")
    var json = false

    @Option(help: ArgumentHelp("Colour.", valueName: "when"))
    var color = ColorChoice.auto

    var palette: Palette { Terminal.output.palette(color) }
}

extension ColorChoice: ExpressibleByArgument {}
