import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The writing end of a pipe, opened again by this process.
///
/// The new open file description is not shared, so it can be non-blocking while the description of the parent stays
/// blocking. Only a pipe may be opened in this way. A file would be overwritten from its start, and a socket cannot be
/// opened by a path.
final class OwnPipe: Sendable {
    /// The descriptor of the pipe. It is negative after ``close()``.
    private let descriptor: Mutex<Int32>

    /// Opens the pipe of this descriptor a second time. The result is nil if the system does not allow that.
    init?(opening output: Int32) {
        #if os(Linux)
            let opened = unsafe open("/proc/self/fd/\(output)", O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            guard opened >= 0 else { return nil }
            descriptor = Mutex(opened)
        #else
            return nil
        #endif
    }

    deinit { close() }

    /// Writes as many bytes as the pipe accepts now.
    ///
    /// - Returns: how many bytes were written; negative, with `errno`, if none was.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        descriptor.withLock { unsafe systemWrite($0, bytes.baseAddress, bytes.count) }
    }

    /// Closes the descriptor. When the original descriptor is also closed, the peer sees the end of the output.
    func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { _ = systemClose(descriptor) }
            descriptor = -1
        }
    }
}

// The methods above hide the system functions of the same names.
private let systemWrite = unsafe write
private let systemClose = close
