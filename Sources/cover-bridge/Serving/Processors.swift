#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The processors of this machine.
enum Processors {
    /// How many processors are online; at least 1. The C library reads a file to count them, so
    /// they are counted once.
    static let count = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
}
