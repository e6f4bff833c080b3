#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension BridgeProcess {
    /// The path of the binary under test. It comes from `COVER_BRIDGE`. Without this variable, it is the binary beside
    /// the test bundle.
    static let binary: String = {
        if let path = unsafe getenv("COVER_BRIDGE") { return unsafe String(cString: path) }
        for argument in CommandLine.arguments {
            guard let end = argument.range(of: ".xctest") else { continue }
            let bundle = argument[..<end]
            let folder = bundle.lastIndex(of: "/").map { bundle[..<$0] } ?? "."
            return folder + "/cover-bridge"
        }
        return ".build/debug/cover-bridge"
    }()

    static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard unsafe Self.systemPipe(&ends) == 0 else { throw Failure(description: "pipe: errno \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// The system function `pipe`. Inside this type, the method above hides it.
    private static let systemPipe: (UnsafeMutablePointer<Int32>?) -> Int32 = { ends in
        #if canImport(Glibc)
            unsafe Glibc.pipe(ends)
        #elseif canImport(Musl)
            unsafe Musl.pipe(ends)
        #else
            Darwin.pipe(ends)
        #endif
    }

    static func unnamedFile() throws -> Int32 {
        var template = Array("/tmp/cover-bridge-stderr-XXXXXX".utf8CString)
        let file = unsafe mkstemp(&template)
        guard file >= 0 else { throw Failure(description: "mkstemp: errno \(errno)") }
        unsafe unlink(template)
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        return file
    }

    /// Starts a process with these three descriptors as its standard input, output and error.
    static func spawn(
        _ executable: String,
        _ arguments: [String],
        _ environment: [String: String],
        _ descriptors: [Int32]
    ) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in descriptors.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        let argv = unsafe ([executable] + arguments).map { unsafe strdup($0) } + [nil]
        let envp = unsafe environment.map { unsafe strdup("\($0)=\($1)") } + [nil]
        defer { unsafe (argv + envp).forEach { unsafe free($0) } }
        var process: pid_t = 0
        let code = unsafe posix_spawn(&process, executable, &actions, nil, argv, envp)
        guard code == 0 else { throw Failure(description: "\(executable) does not start: errno \(code)") }
        return process
    }
}

extension String {
    /// The position of a piece of text. This works without Foundation.
    fileprivate func range(of piece: String) -> Index? {
        indices.first { self[$0...].hasPrefix(piece) }
    }
}
