#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Makes sure that the process can open enough descriptors. If the network libraries get no descriptor, they end the
/// process.
enum DescriptorLimit {
    /// The number of descriptors that the process needs. Each network thread needs three, and the sandbox has one such
    /// thread per processor. Files and connections need some more.
    static var needed: Int { 32 + 3 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Raises the limit as far as the system allows.
    ///
    /// - Throws: ``Failure`` if that is not enough.
    static func ensure(_ needed: Int) throws(Failure) {
        var limit = rlimit()
        guard unsafe getrlimit(kind, &limit) == 0 else { return }
        let (free, open) = count(upTo: needed, below: Int(clamping: limit.rlim_cur))
        if free >= needed { return }
        let wanted = rlim_t(open + needed)
        guard wanted <= limit.rlim_max else {
            throw Failure(
                code: .usage,
                message:
                    "\(free) more files can be opened, \(needed) are needed; raise the limit (ulimit -n \(wanted))."
            )
        }
        limit.rlim_cur = wanted
        unsafe setrlimit(kind, &limit)
    }

    /// Counts free and open descriptors until enough are free.
    private static func count(upTo needed: Int, below limit: Int) -> (free: Int, open: Int) {
        var (free, open) = (0, 0)
        var start = 0
        while start < limit, free < needed {
            // One call of `poll` checks many descriptors, because `poll` marks the descriptors that are not open.
            var entries = (start..<min(limit, start + 256)).map { pollfd(fd: Int32($0), events: 0, revents: 0) }
            guard unsafe poll(&entries, nfds_t(entries.count), 0) >= 0 else { break }
            let closed = entries.count { $0.revents & Int16(POLLNVAL) != 0 }
            free += closed
            open += entries.count - closed
            start += entries.count
        }
        return (free, open)
    }

    #if canImport(Glibc)
        private static let kind = Int32(RLIMIT_NOFILE.rawValue)
    #else
        private static let kind = Int32(RLIMIT_NOFILE)
    #endif
}
