#if canImport(Glibc)
    import Glibc

    /// The size limit of the main thread's stack. If the stack overflows, SIGSEGV ends the process. The target
    /// `CProcess` sets the stack sizes of the other threads.
    enum StackLimit {
        /// The needed size of the stack, in bytes. The parser of the arguments needs the most.
        private static let needed: rlim_t = 1 << 20

        /// Raises the limit if it is too low.
        ///
        /// - Throws: a ``Failure`` if the system does not allow that.
        static func ensure() throws(Failure) {
            let kind = Int32(RLIMIT_STACK.rawValue)
            var limit = rlimit()
            guard unsafe getrlimit(kind, &limit) == 0, limit.rlim_cur < needed else { return }
            guard limit.rlim_max >= needed else {
                throw Failure(
                    code: .usage,
                    message: "the stack may have \(limit.rlim_max / 1024) KiB, \(needed / 1024) are needed; "
                        + "raise the limit (ulimit -s \(needed / 1024))."
                )
            }
            limit.rlim_cur = needed
            unsafe setrlimit(kind, &limit)
        }
    }
#endif
