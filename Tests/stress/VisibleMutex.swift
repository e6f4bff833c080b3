// This file replaces the `Mutex` of Synchronization in builds for ThreadSanitizer. That `Mutex` locks inside the
// standard library, which is built without the sanitizer. So the sanitizer would report every access under the lock as
// a race. The sanitizer understands POSIX locks, which this type uses. This file is compiled into the module, and its
// `Mutex` hides the imported type, so the sources stay unchanged.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// This type is Sendable because the value is only used while the lock is held.
final class Mutex<Value>: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    init(_ value: consuming sending Value) {
        self.value = value
        pthread_mutex_init(lock, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    func withLock<Result, Failure>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value)
    }
}
