import CoverModel
import Jansson

/// A reading's result in the form in which stores keep it: JSON of a version that its readers know, of limited size, with nothing
/// confidential in it.
struct StoredReading: Sendable, Hashable {
    /// A reader takes this version and no other.
    private static let version: Int64 = 1

    let text: String

    /// What a store gave back; it is checked by ``result(of:)``.
    init(text: String) { self.text = text }

    /// nil where it is too large to be shared.
    init?(_ result: Result<CoverStatus, CoverError>) {
        text = Form(result: result.shared).jsonText
        if text.utf8.count > FleetLimits.readingBytes { return nil }
    }

    /// The result; nil where the text is no reading of this task, as one of another version or from another hand.
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

    /// Whether the client itself would have taken it for an image's address: https, or http of this machine.
    private static func isImageAddress(_ text: String) -> Bool {
        ["https://", "http://127.", "http://localhost:", "http://localhost/", "http://[::1]"].contains(
            where: text.hasPrefix
        )
    }
}

extension Result where Success == CoverStatus, Failure == CoverError {
    /// As all bridges may know it: without callback URL, which is confidential, and the API's own record, which is large.
    var shared: Self {
        map { status in
            var status = status
            status.callbackUrl = nil
            status.record = nil
            return status
        }
    }
}
