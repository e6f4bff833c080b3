#if canImport(Glibc)
    import CProcess
    import Glibc

    /// How large the stack of a thread may grow. A stack that overflows ends the process with SIGSEGV.
    enum StackLimit {
        /// In bytes; the parser of the arguments takes the most.
        private static let needed: rlim_t = 1 << 20

        /// Raises the limit for this thread and for those to come.
        ///
        /// - Throws: a ``Failure`` where the system does not let this process.
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
            cprocess_set_stack_size(Int(needed))
        }
    }
#endif
