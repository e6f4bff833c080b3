#if os(Linux)
    import CLinux

    /// How the system shares the processor among the threads of this process and the other programs.
    enum Scheduling {
        /// Chooses the policy SCHED_BATCH: a thread that wakes up waits until the thread that runs on its processor
        /// pauses, for a few milliseconds at most. A policy that the user has chosen (`chrt`) stays.
        ///
        /// Otherwise, on a busy processor, each query interrupts the thread that sends it, because NIO's thread wakes
        /// up. The bridge also interrupts the program that it serves less often. Call this before there are threads,
        /// because they inherit the policy.
        static func waitForOthers() {
            clinux_schedule_in_batches()
        }
    }
#endif
