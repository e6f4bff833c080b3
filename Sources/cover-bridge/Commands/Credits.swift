import ArgumentParser
import CoverAPI
import CoverModel
import Jansson

/// Prints the remaining credits of the account.
struct Credits: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credits",
        abstract: "Prints the remaining credits of the account.",
        usage: "cover-bridge credits [options]",
        discussion: "Example:  cover-bridge credits --sandbox"
    )

    @Flag(help: "JSON: {\"credits\": n}.")
    var json = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let isJSON = json
        try await OneShot.run(client) { client, _ in
            let credits = try await client.credits().jsonText
            StandardOutput.write(isJSON ? "{\"credits\":\(credits)}\n" : credits + "\n")
            return .done
        }
    }
}
