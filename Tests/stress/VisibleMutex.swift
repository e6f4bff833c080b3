// Stands in for Synchronization's `Mutex` where ThreadSanitizer looks on: that one locks inside the standard library, which is built
// without the sanitizer, and so everything under it is reported as a race. What POSIX locks, the sanitizer sees.
// Compiled into the module, a type of its own goes before the imported one: the sources stay as they are.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Sendable because the value is touched only while the lock is held.
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
