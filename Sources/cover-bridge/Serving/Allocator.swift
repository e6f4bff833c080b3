#if canImport(Glibc)
    import CLinux
#endif

/// Settings of the C library's allocator for a process that runs for a long time and handles some large messages.
enum Allocator {
    /// Applies the settings. Call this before there are threads.
    static func tune() {
        #if canImport(Glibc)
            // One arena is enough for the few threads of this process. Each further arena would need more memory. The
            // memory of a large message, up to 16 MiB, is kept for the next large message.
            clinux_tune_malloc(1, 16 << 20, 8 << 20)
        #endif
    }
}
