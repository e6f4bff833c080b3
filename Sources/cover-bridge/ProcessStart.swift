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
        } catch {
            Failure(error).exit()
        }
    }
}
