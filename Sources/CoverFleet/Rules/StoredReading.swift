import CoverModel
import Jansson

/// The result of a reading in the form that stores keep. It is JSON of limited size, with the version of its format and
/// without confidential data.
struct StoredReading: Sendable, Hashable {
    /// The version of the format. Bridges accept only this version.
    private static let version: Int64 = 1

    let text: String

    /// Wraps a text from a store. Only ``result(of:)`` checks the text.
    init(text: String) { self.text = text }

    /// Encodes a result. The value is nil if the text is too large to be shared.
    init?(_ result: Result<CoverStatus, CoverError>) {
        text = Form(result: result.shared).jsonText
        if text.utf8.count > FleetLimits.readingBytes { return nil }
    }

    /// The result. It is nil if the text is no reading of this task, for example if another version or another program
    /// wrote the text.
    func result(of taskId: TaskID) -> Result<CoverStatus, CoverError>? {
        guard text.utf8.count <= FleetLimits.readingBytes,
            let json = try? JSONValue(parsing: Array(text.utf8), rejectingDuplicates: true),
            json["version"]?.integer == Self.version
        else { return nil }
        if let status = json["status"].flatMap(CoverStatus.init(json:)) {
            return status.isSound(for: taskId) ? Result.success(status).shared : nil
        }
        return json["error"].flatMap(ErrorObject.init(json:)).map { .failure($0.error) }
    }

    private struct Form: JSONEncodable {
        let result: Result<CoverStatus, CoverError>

        func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("version", StoredReading.version)
                switch result {
                case .success(let status): $0.member("status", status)
                case .failure(let error): $0.member("error", ErrorObject(error))
                }
            }
        }
    }
}

extension CoverStatus {
    fileprivate func isSound(for taskId: TaskID) -> Bool {
        let isSettled = state == .succeeded || state == .failed
        return self.taskId == taskId && (isSettled || !final) && images.allSatisfy(Self.isImageAddress)
    }

    /// Whether the API client would accept this text as the address of an image. The scheme must be https, or http for
    /// this machine.
    private static func isImageAddress(_ text: String) -> Bool {
        ["https://", "http://127.", "http://localhost:", "http://localhost/", "http://[::1]"].contains(
            where: text.hasPrefix
        )
    }
}

extension Result where Success == CoverStatus, Failure == CoverError {
    /// The status in the form for all bridges. It has no callback URL, because that is confidential, and no record of
    /// the API, because that is large.
    var shared: Self {
        map { status in
            var status = status
            status.callbackUrl = nil
            status.record = nil
            return status
        }
    }
}
