import CoverAPI
import CoverModel
import JSONRPC
import Jansson

/// The parameters of one call. The method reads them with its own keys. If the peer sent them by position, their order
/// is that of the method's list of parameters.
package struct Arguments {
    private let parameters: Parameters
    private let declared: [Parameter]
    /// Receives the progress of a download, if the frontend reports it in its own way.
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

    /// The exact bytes of the parameter `progressToken`. Nil if the peer sent it by position.
    var progressToken: [UInt8]? { parameters.progressToken }

    /// The value of a parameter.
    ///
    /// - Throws: `invalidParams` if the parameter is missing or invalid.
    subscript<Value>(key: ParameterKey<Value>) -> Value {
        get throws(RPCError) {
            let name = key.parameter.name
            let position = declared.firstIndex { $0.name == name }
            return try key.read(position.flatMap { parameters[name, $0] })
        }
    }
}
