import CoverModel
import JSONRPC

extension Session.Configuration {
    /// The configuration of the command's sessions, with the codes of `PROTOCOL.md §6` and the name of the command's
    /// option.
    static var command: Self {
        var configuration = Self()
        configuration.codes.stopping = CoverError.Kind.shuttingDown.trait.code
        configuration.codes.overloaded = CoverError.Kind.overloaded.trait.code
        configuration.messageLimitName = "--max-message-bytes"
        return configuration
    }
}
