import CoverTerminal
import JSONRPC

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The work that every command does first. It sets up the standard descriptors and the signals, and checks the limits
/// of the system.
///
/// The target `CProcess` sets up the arguments, even before this work.
enum ProcessStart {
    /// Those signals that end or suspend a command and that were ignored when the process began. They stay ignored.
    static let ignoredSignals = Set((Signals.endings + [SIGTSTP]).filter(StopSignals.isIgnored))

    /// The parent process. This value is read early, because after the death of the parent the system reports another
    /// parent.
    static let parent = ProcessWatch.parent

    /// Does this work. If the process cannot run, it ends with one line that says why.
    static func settle() {
        do {
            try StandardStreams.openMissing()
            // If the reader of the output is gone, or a file would exceed `ulimit -f`, `write` returns an error instead
            // of a signal.
            signal(SIGPIPE, SIG_IGN)
            signal(SIGXFSZ, SIG_IGN)
            // The bridge waits for no child. As process 1 of a container, it inherits the children of other processes.
            // Because of this setting, the system removes these children when they end.
            signal(SIGCHLD, SIG_IGN)
            _ = (ignoredSignals, parent)
            try DescriptorLimit.ensure(DescriptorLimit.needed)
            Allocator.tune()
            #if os(Linux)
                Scheduling.waitForOthers()
            #endif
            #if canImport(Glibc)
                ProcessorTimeLimit.separate()
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
    /// The byte as printable text. Printable ASCII stays unchanged, and any other byte is written in the form `\xE9`.
    fileprivate var escaped: String {
        if (0x20...0x7E).contains(self) { return String(UnicodeScalar(self)) }
        let digits = String(self, radix: 16, uppercase: true)
        return "\\x" + (digits.count == 1 ? "0" : "") + digits
    }
}
