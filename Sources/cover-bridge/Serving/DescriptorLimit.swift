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
    static var needed: Int { 32 + 3 * Processors.count }

    /// How many descriptors one call of `poll` checks: as many as most machines need.
    private static let checkedAtOnce = 64

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
        // The entries are no array, because the start of a bridge would take longer for its type.
        unsafe withUnsafeTemporaryAllocation(of: pollfd.self, capacity: checkedAtOnce) { entries in
            while free + open < limit, free < needed {
                let count = min(limit - free - open, checkedAtOnce)
                for index in 0..<count {
                    unsafe entries.initializeElement(
                        at: index,
                        to: pollfd(fd: Int32(free + open + index), events: 0, revents: 0)
                    )
                }
                // One call checks many descriptors, because `poll` marks the descriptors that are not open.
                guard unsafe poll(entries.baseAddress, nfds_t(count), 0) >= 0 else { return }
                let closed = unsafe entries.prefix(count).count { $0.revents & Int16(POLLNVAL) != 0 }
                free += closed
                open += count - closed
            }
        }
        return (free, open)
    }

    #if canImport(Glibc)
        private static let kind = Int32(RLIMIT_NOFILE.rawValue)
    #else
        private static let kind = Int32(RLIMIT_NOFILE)
    #endif
}
