import JSONRPC

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What every command does before anything else: it sets up the standard descriptors and the signals, and checks the
/// limits of the system.
///
/// The arguments are set up even earlier, by the target `CProcess`.
enum ProcessStart {
    /// The signals that were ignored when the process began, of those that end or suspend a command. They stay ignored.
    static let ignoredSignals = Set([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP].filter(StopSignals.isIgnored))

    /// The parent process. It is read early: after the parent's death, the number would be that of another process.
    static let parent = ProcessWatch.parent

    /// Sets everything up, or ends the process with one line if it cannot work.
    static func settle() {
        do {
            try StandardStreams.openMissing()
            // A reader that is gone, and a file that would exceed `ulimit -f`, become errors of `write`.
            signal(SIGPIPE, SIG_IGN)
            signal(SIGXFSZ, SIG_IGN)
            // The bridge waits for no child. As process 1 of a container it inherits children of others: so the system reaps them.
            signal(SIGCHLD, SIG_IGN)
            _ = (ignoredSignals, parent)
            try DescriptorLimit.ensure(DescriptorLimit.needed)
            #if canImport(Glibc)
                try StackLimit.ensure()
                try ThreadLimit.ensure()
            #endif
            try checkArguments()
        } catch {
            Failure(error).exit()
        }
    }

    /// Refuses arguments that are not UTF-8. Swift would replace the invalid bytes, and the command would use another
    /// task or file.
    private static func checkArguments() throws {
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = unsafe CommandLine.unsafeArgv[index], unsafe String(validatingCString: argument) == nil
            else { continue }
            let bytes = unsafe UnsafeRawBufferPointer(start: argument, count: strlen(argument))
            let shown = unsafe bytes.prefix(100).map(\.escaped).joined()
            throw Failure(code: .usage, message: "argument \(index) is not UTF-8: \"\(shown)\". Give it in UTF-8.")
        }
    }
}

extension UInt8 {
    /// The byte in a line of text: printable ASCII unchanged, all else as in `\xE9`.
    fileprivate var escaped: String {
        if (0x20...0x7E).contains(self) { return String(UnicodeScalar(self)) }
        let digits = String(self, radix: 16, uppercase: true)
        return "\\x" + (digits.count == 1 ? "0" : "") + digits
    }
}
