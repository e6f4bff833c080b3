import CoverAPI
import CoverModel
import JSONRPC
import Jansson

/// The parameters of one call, read by the method's own keys: by name, or by position in the order of the method's list.
package struct Arguments {
    private let parameters: Parameters
    private let declared: [Parameter]
    /// Told how far a download is, where the frontend has its own way of saying so.
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

    /// The value of a parameter.
    ///
    /// - Throws: `invalidParams` where it is missing or not what it may be.
    subscript<Value>(key: ParameterKey<Value>) -> Value {
        get throws(RPCError) {
            let name = key.parameter.name
            let position = declared.firstIndex { $0.name == name }
            return try key.read(position.flatMap { parameters[name, $0] })
        }
    }
}
