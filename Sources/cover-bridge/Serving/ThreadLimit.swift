#if canImport(Glibc)
    import CProcess
    import Glibc

    /// How many threads the process may start. The libraries for the network and for tasks end or hang the process where they get none.
    enum ThreadLimit {
        /// Those of the tasks and of the sandbox, one for each processor, and those of the session, the network, files and timers.
        private static var needed: Int32 { 12 + 2 * Int32(clamping: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

        /// What memory is needed besides their stacks, in bytes.
        private static let memory = 8 << 20

        /// - Throws: a ``Failure`` where there cannot be as many as are needed.
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
