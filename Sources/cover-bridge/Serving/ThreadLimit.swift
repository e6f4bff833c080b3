#if canImport(Glibc)
    import CProcess

    /// The limit of the number of threads. If there are not enough threads, libdispatch makes the process hang, or
    /// SwiftNIO ends the process.
    enum ThreadLimit {
        /// The number of threads that the process needs. This is one per processor for tasks, one per processor for the
        /// sandbox, and twelve for the session, the network, files and timers.
        private static var needed: Int32 { 12 + 2 * Int32(clamping: Processors.count) }

        /// The memory that is needed besides the stacks, in bytes.
        private static let memory = 8 << 20

        /// - Throws: a ``Failure`` if the system does not allow the needed number of threads.
        static func ensure() throws(Failure) {
            guard !cprocess_can_start_threads(needed, memory) else { return }
            throw Failure(
                code: .usage,
                message: "the system does not allow \(needed) threads and their memory; "
                    + "raise the limits of processes (ulimit -u) and of memory (ulimit -v, -d)."
            )
        }
    }
#endif
