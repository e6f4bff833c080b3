#if canImport(Glibc)
    import CLinux
#endif

/// Settings of the C library's allocator.
enum Allocator {
    /// Applies the settings. Call this before there are threads.
    static func tune() {
        #if canImport(Glibc)
            // One arena is enough for the few threads of this process. Each further arena would need more memory, and
            // reserves 128 MB of addresses for a moment: under a limit of memory, other threads then get none. The memory
            // of a large message, up to 16 MiB, is kept for the next large message.
            clinux_tune_malloc(1, 16 << 20, 8 << 20)
        #endif
    }
}
