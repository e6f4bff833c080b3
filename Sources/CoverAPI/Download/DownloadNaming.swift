import CoverModel
import Crypto

/// The names of a task's images: `TASK-1.png`. Whatever the id holds, a name is one component of a path, and no two ids share one.
struct DownloadNaming {
    private let directory: String
    private let stem: String

    init(directory: String, taskId: TaskID) {
        self.directory = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        // Percent-encoded there is no slash left; an encoded leading dot makes no hidden file and no "..".
        var stem = taskId.percentEncoded
        if stem.hasPrefix(".") { stem = "%2E" + stem.dropFirst() }
        // File systems allow names of 255 bytes. No other id's name has the sign in it that stands for the rest.
        if stem.utf8.count > 200 {
            stem = stem.prefix(160) + "=" + SHA256.hash(data: Array(taskId.text.utf8)).hexadecimal.prefix(16)
        }
        self.stem = stem
    }

    func path(image number: Int, _ type: MediaType) -> String { "\(directory)/\(stem)-\(number).\(type.fileExtension)" }

    /// A name for a file that is not whole yet; hidden, and unlike any other.
    func partialPath(image number: Int, salt: UInt32) -> String {
        "\(directory)/.\(stem)-\(number).\(String(salt, radix: 16)).part"
    }

    /// An image of this number that is there already, of whatever type.
    func existing(image number: Int) -> String? {
        MediaType.allCases.map { path(image: number, $0) }.first(where: fileExists)
    }
}

extension SHA256Digest {
    var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
