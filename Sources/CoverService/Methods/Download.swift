import CoverAPI
import CoverModel
import JSONRPC
import Jansson

enum Download: BridgeMethod {
    static let name = "cover/download"
    static let summary = "Saves the images of a task that has succeeded, all of them or none."
    static var parameters: [Parameter] {
        [
            .taskId,
            Parameter("directory", "Where to; made where it is missing.", .string, isRequired: true),
            Parameter("overwrite", "Whether files of the same names are replaced; default false.", .boolean),
            Parameter("progressToken", "Has `$/progress` sent with this token.", .either(.string, .integer)),
        ]
    }
    static var result: (name: String, schema: Schema) {
        ("files", .object([("files", .array(of: .shape("DownloadedFile")))]))
    }

    private struct Files: JSONEncodable {
        let files: [DownloadedFile]

        func encode(to writer: inout JSONWriter) { writer.object { $0.member("files", files) } }
    }

    /// The parameters of `$/progress`.
    private struct Report: JSONEncodable {
        let token: JSONValue
        let value: DownloadProgress

        func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("token", token)
                $0.member("value", value)
            }
        }
    }

    static func answer(_ arguments: Arguments, _ service: CoverService, _ session: Session) throws(RPCError) -> Outcome
    {
        let taskId = try arguments.taskId()
        let directory = try arguments.string("directory") ?? ""
        guard !directory.isEmpty, !directory.contains("\0") else {
            throw .invalidParams("the parameter \"directory\" must name a directory", parameter: "directory")
        }
        let overwrite = try arguments.bool("overwrite") ?? false
        let token = try arguments.value("progressToken")
        if let token, ![.string, .integer].contains(token.kind) {
            throw .invalidParams(
                "the parameter \"progressToken\" must be a string or a whole number",
                parameter: "progressToken"
            )
        }
        let onProgress = arguments.onProgress
        return service.later {
            let files = try await service.client.download(taskId: taskId, into: directory, overwrite: overwrite) {
                if let onProgress { return onProgress($0) }
                if let token { session.notify(Progress.name, Report(token: token, value: $0)) }
            }
            return Reply(Files(files: files))
        }
    }
}
