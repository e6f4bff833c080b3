#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A directory under /tmp for one test.
struct TemporaryDirectory {
    let path: String

    init() {
        path = "/tmp/cover-api-tests-\(getpid())-\(UInt64.random(in: 0...(.max)))"
        unsafe mkdir(path, 0o700)
    }

    /// The names of the files in the directory, sorted, including hidden files.
    var names: [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func write(_ text: String, to name: String) {
        guard let file = unsafe fopen(path + "/" + name, "w") else { return }
        unsafe fputs(text, file)
        unsafe fclose(file)
    }

    func write(_ bytes: [UInt8], to name: String) {
        guard let file = unsafe fopen(path + "/" + name, "w") else { return }
        unsafe fwrite(bytes, 1, bytes.count, file)
        unsafe fclose(file)
    }

    /// Makes a named pipe, and returns its path.
    func makePipe(_ name: String) -> String {
        unsafe mkfifo(path + "/" + name, 0o600)
        return path + "/" + name
    }

    /// Opens a named pipe for reading and writing, so that neither end waits until the other end is opened.
    func open(_ pipe: String) -> Int32 {
        #if canImport(Glibc)
            unsafe Glibc.open(pipe, O_RDWR)
        #elseif canImport(Musl)
            unsafe Musl.open(pipe, O_RDWR)
        #else
            unsafe Darwin.open(pipe, O_RDWR)
        #endif
    }

    func close(_ descriptor: Int32) {
        #if canImport(Glibc)
            Glibc.close(descriptor)
        #elseif canImport(Musl)
            Musl.close(descriptor)
        #else
            Darwin.close(descriptor)
        #endif
    }

    func remove() {
        for name in names { unsafe unlink(path + "/" + name) }
        unsafe rmdir(path)
    }
}
