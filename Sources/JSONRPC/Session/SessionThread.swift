#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A thread for work that blocks. Such work must not run on the cooperative pool.
enum SessionThread {
    private final class Job {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// The size of the stack. It is enough for jansson to parse 64 levels, and for all code that the session calls.
    private static let stackBytes = 1 << 20

    /// Starts a detached thread.
    ///
    /// - Throws: ``TransportError`` if the system cannot create a thread.
    static func start(_ body: @escaping @Sendable () -> Void) throws(TransportError) {
        let job = unsafe Unmanaged.passRetained(Job(body))
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackBytes)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let code = unsafe pthread_create(&thread, &attributes, run, job.toOpaque())
        guard code == 0 else {
            unsafe job.release()
            throw TransportError(code: code, operation: "pthread_create")
        }
    }

    #if canImport(Darwin)
        private static let run: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { pointer in
            unsafe Unmanaged<Job>.fromOpaque(pointer).takeRetainedValue().body()
            return nil
        }
    #else
        private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
            if let pointer = unsafe pointer { unsafe Unmanaged<Job>.fromOpaque(pointer).takeRetainedValue().body() }
            return nil
        }
    #endif
}
