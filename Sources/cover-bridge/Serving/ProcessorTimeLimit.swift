#if canImport(Glibc)
    import Glibc

    /// The limit of the processor time (`ulimit -t`). At the soft limit, the system sends SIGXCPU, which ends a command
    /// in order. At the hard limit, the system kills the process.
    enum ProcessorTimeLimit {
        /// Lowers the soft limit by a second if both limits are equal, as the shell sets them. Otherwise the system
        /// would kill the process without a signal before.
        static func separate() {
            let kind = Int32(RLIMIT_CPU.rawValue)
            var limit = rlimit()
            // The largest number means that there is no limit.
            guard unsafe getrlimit(kind, &limit) == 0, limit.rlim_max != rlim_t.max,
                limit.rlim_cur == limit.rlim_max, limit.rlim_max > 1
            else { return }
            limit.rlim_cur -= 1
            unsafe setrlimit(kind, &limit)
        }
    }
#endif
