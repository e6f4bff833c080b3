#if canImport(Glibc)
    internal import CLinux
    internal import Glibc
#elseif canImport(Musl)
    internal import CLinux
    internal import Musl
#else
    internal import Darwin
#endif

/// Notices the death of a process that is not a child of this process, such as the parent. The end of the input is not
/// a reliable sign of that death, because the input does not end while another child of the parent holds the pipe open.
public enum ProcessWatch {
    /// Calls `call` once, on a separate thread, when the process is dead. If the process is already dead, `call` is
    /// called at once.
    ///
    /// - Throws: ``TransportError`` if the system cannot create a thread.
    public static func onDeath(of process: Int32, _ call: @escaping @Sendable () -> Void) throws(TransportError) {
        try SessionThread.start {
            waitForDeath(of: process)
            call()
        }
    }

    /// The parent process; nil if this process cannot see its parent, for example as the first process of a container.
    public static var parent: Int32? {
        let parent = getppid()
        return parent > 0 ? parent : nil
    }

    /// Whether a process with this number, which a peer sent, exists on this machine. If the peer runs in another
    /// container or on another machine, the number is unknown here or belongs to another process.
    public static func isKnown(_ process: Int32) -> Bool {
        guard isForeign(process) else { return false }
        return kill(process, 0) == 0 || errno == EPERM
    }

    /// Whether no process with this number, which a peer sent, exists on this machine. If this process cannot see its
    /// own parent, it cannot see the peer either, and the result is false.
    public static func isDead(_ process: Int32) -> Bool {
        guard isForeign(process) else { return false }
        return kill(process, 0) != 0 && errno == ESRCH
    }

    /// Whether the number can be that of a peer that this process can see.
    private static func isForeign(_ process: Int32) -> Bool { process > 0 && process != getpid() && parent != nil }

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

        /// Checks twice a second whether the process exists. This is for systems without pidfd: Linux before 5.3, and
        /// sandboxes that forbid pidfd.
        private static func lookForDeath(of process: Int32) {
            while kill(process, 0) == 0 || errno == EPERM { usleep(500_000) }
        }
    #endif
}

extension DescriptorTransport {
    /// Calls `call` once, on a separate thread, when the output has no reader any more. For a regular file, `call` is
    /// never called.
    ///
    /// - Throws: ``TransportError`` if the system cannot create a thread.
    public func onHangUp(_ call: @escaping @Sendable () -> Void) throws(TransportError) {
        let descriptor = output
        try SessionThread.start {
            var entry = pollfd(fd: descriptor, events: 0, revents: 0)
            while unsafe poll(&entry, 1, -1) < 0, errno == EINTR {}
            if entry.revents & Int16(POLLERR | POLLHUP) != 0 { call() }
        }
    }
}
