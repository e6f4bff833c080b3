package import CoverAPI
import CoverModel
package import JSONRPC
package import Jansson

package enum Download: BridgeMethod {
    package static let name = "cover/download"
    package static let summary = "Saves the images of a succeeded task, all of them or none."
    private static let directory = ParameterKey(
        "directory",
        "The folder; created if it is missing.",
        .string.checked("must name a directory") { !$0.isEmpty && !$0.contains("\0") }
            .checked("must be a path of this machine, not a URL") { !$0.isURL }
            .checked("must not begin with ~, which is not expanded") { $0 != "~" && !$0.hasPrefix("~/") }
    )
    private static let overwrite = ParameterKey(
        "overwrite",
        "Whether existing files are replaced; default false.",
        .boolean,
        default: false
    )
    private static let progressToken = ParameterKey(
        "progressToken",
        "Requests `$/progress` notifications with this token.",
        optional: .value(.either(.string, .number)).checked("must be a string or a number") {
            [.string, .integer, .real].contains($0.kind)
        }
    )
    package static let parameters = [
        ParameterKey.taskId.parameter, directory.parameter, overwrite.parameter, progressToken.parameter,
    ]
    package static var result: (name: String, schema: Schema) {
        ("files", .object([("files", .array(of: .shape("DownloadedFile")))]))
    }

    /// The result: `{files: [DownloadedFile]}`
    package struct Files: JSONEncodable, Sendable {
        package let files: [DownloadedFile]

        package func encode(to writer: inout JSONWriter) { writer.object { $0.member("files", files) } }
    }

    /// The parameters of `$/progress`.
    private struct Report: JSONEncodable {
        let token: [UInt8]
        let value: DownloadProgress

        func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("token") { $0.raw(token) }
                $0.member("value", value)
            }
        }
    }

    package static func answer(
        _ arguments: Arguments,
        _ service: CoverService,
        _ session: Session
    ) throws(RPCError) -> Answer<Files> {
        let taskId = try arguments[.taskId]
        // The paths in the result are absolute, because the peer may run in another directory.
        let directory = absolutePath(try arguments[directory])
        let overwrite = try arguments[overwrite]
        let token = try arguments[progressToken].map { arguments.progressToken ?? $0.jsonBytes }
        let onProgress = arguments.onProgress
        return .later {
            let files = try await service.client.download(taskId: taskId, into: directory, overwrite: overwrite) {
                if let onProgress { return onProgress($0) }
                if let token { session.notify(ProgressNotification.name, Report(token: token, value: $0)) }
            }
            return Files(files: files)
        }
    }
}
