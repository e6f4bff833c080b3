import JSONRPC

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What every command settles before anything else runs: the standard descriptors, signals, and how much the system allows.
///
/// The arguments are settled earlier still, by the target `CProcess`.
enum ProcessStart {
    /// Of the signals that end or suspend a command, those that were ignored when the process began. They stay ignored.
    static let ignoredSignals = Set([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP].filter(StopSignals.isIgnored))

    /// The process that started this one. Asked for later, the number would be that of another one where the parent has died meanwhile.
    static let parent = ProcessWatch.parent

    /// Ends the process with one line where it cannot work.
    static func settle() {
        do {
            try StandardStreams.openMissing()
            // A reader that is gone is an error of `write`.
            signal(SIGPIPE, SIG_IGN)
            _ = (ignoredSignals, parent)
            try DescriptorLimit.ensure(DescriptorLimit.needed)
            try checkArguments()
        } catch {
            Failure(error).exit()
        }
    }

    /// Swift would replace bytes that are no text: another task would be asked for, another file written.
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
    /// As it stands in a line of text: printable ASCII itself, all else as in `\xE9`.
    fileprivate var escaped: String {
        if (0x20...0x7E).contains(self) { return String(UnicodeScalar(self)) }
        let digits = String(self, radix: 16, uppercase: true)
        return "\\x" + (digits.count == 1 ? "0" : "") + digits
    }
}
