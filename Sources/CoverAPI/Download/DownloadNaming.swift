import CoverModel
import Crypto

/// The file names of a task's images: `TASK-1.png`. Whatever the id contains, a name is one path component, and no two
/// ids share a name.
struct DownloadNaming {
    private let directory: String
    private let stem: String

    init(directory: String, taskId: TaskID) {
        self.directory = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        // After percent-encoding there is no slash. An encoded leading dot avoids a hidden file and "..".
        var stem = taskId.percentEncoded
        if stem.hasPrefix(".") { stem = "%2E" + stem.dropFirst() }
        // File systems allow names of 255 bytes. In a longer name, `=` and a hash of the id replace the rest. The name
        // of an id that is not shortened never contains `=`.
        if stem.utf8.count > 200 {
            stem = stem.prefix(160) + "=" + SHA256.hash(data: Array(taskId.text.utf8)).hexadecimal.prefix(16)
        }
        self.stem = stem
    }

    func path(image number: Int, _ type: MediaType) -> String { "\(directory)/\(stem)-\(number).\(type.fileExtension)" }

    /// The name of an incomplete file: a hidden name that no other file has.
    func partialPath(image number: Int, salt: UInt32) -> String {
        "\(directory)/.\(stem)-\(number).\(String(salt, radix: 16)).part"
    }

    /// The existing image with this number, of any type; nil if there is none.
    func existing(image number: Int) -> String? {
        MediaType.allCases.map { path(image: number, $0) }.first(where: fileExists)
    }
}

extension SHA256Digest {
    var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
