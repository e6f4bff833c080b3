#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A temporary folder that no other user can read.
struct ScratchFolder {
    let path: String

    init() throws(Failure) {
        let template = (Environment.variable("TMPDIR") ?? "/tmp") + "/cover-bridge-XXXXXX"
        var name = Array(template.utf8CString)
        guard unsafe mkdtemp(&name) != nil else {
            throw Failure(code: .fault, message: "cannot make \(template); set TMPDIR to a folder.")
        }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes the folder and its files.
    func remove() {
        guard let folder = unsafe opendir(path) else { return }
        defer { unsafe closedir(folder) }
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { unsafe unlink(path + "/" + name) }
        }
        unsafe rmdir(path)
    }
}
