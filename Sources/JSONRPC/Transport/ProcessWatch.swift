#if canImport(Glibc)
    internal import CLinux
    internal import Glibc
#elseif canImport(Musl)
    internal import CLinux
    internal import Musl
#else
    internal import Darwin
#endif

/// Notices the death of a process that is no child of ours, as the one that started us. The end of the input cannot be relied upon:
/// it does not come while a sibling holds the pipe open.
public enum ProcessWatch {
    /// Calls once, from a thread of its own, when the process is dead; at once where it is dead already.
    ///
    /// - Throws: ``TransportError`` where the system has no thread to give.
    public static func onDeath(of process: Int32, _ call: @escaping @Sendable () -> Void) throws(TransportError) {
        try SessionThread.start {
            waitForDeath(of: process)
            call()
        }
    }

    /// The process that started this one; nil where it cannot be seen from here, as from the first process of a container.
    public static var parent: Int32? {
        let parent = getppid()
        return parent > 0 ? parent : nil
    }

    /// Whether a number that a peer gives can be the peer's process here. A peer in another container, or on another machine, gives
    /// a number that means nothing here, or another process.
    public static func isKnown(_ process: Int32) -> Bool {
        guard process > 0, process != getpid(), parent != nil else { return false }
        return kill(process, 0) == 0 || errno == EPERM
    }

    #if canImport(Darwin)
        private static func waitForDeath(of process: Int32) {
            let queue = kqueue()
            defer { close(queue) }
            var change = kevent(
                ident: UInt(process),
                filter: Int16(EVFILT_PROC),
                flags: UInt16(EV_ADD | EV_ONESHOT),
                fflags: UInt32(NOTE_EXIT),
                data: 0,
                udata: nil
            )
            var event = kevent()
            while true {
                let count = unsafe kevent(queue, &change, 1, &event, 1, nil)
                if count >= 0 || errno != EINTR { return }
            }
        }
    #else
        private static func waitForDeath(of process: Int32) {
            let descriptor = clinux_pidfd_open(process)
            guard descriptor >= 0 else {
                if errno != ESRCH { lookForDeath(of: process) }
                return
            }
            defer { close(descriptor) }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            while unsafe poll(&entry, 1, -1) < 0, errno == EINTR {}
        }

        /// Without pidfd (Linux before 5.3, or a sandbox that forbids it): looks twice a second.
        private static func lookForDeath(of process: Int32) {
            while kill(process, 0) == 0 || errno == EPERM { usleep(500_000) }
        }
    #endif
}

extension DescriptorTransport {
    /// Calls once, from a thread of its own, when nobody can read the output any more. Regular files never call.
    ///
    /// - Throws: ``TransportError`` where the system has no thread to give.
    public func onHangUp(_ call: @escaping @Sendable () -> Void) throws(TransportError) {
        let descriptor = output
        try SessionThread.start {
            var entry = pollfd(fd: descriptor, events: 0, revents: 0)
            while unsafe poll(&entry, 1, -1) < 0, errno == EINTR {}
            if entry.revents & Int16(POLLERR | POLLHUP) != 0 { call() }
        }
    }
}
