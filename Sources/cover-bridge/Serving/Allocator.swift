#if canImport(Glibc)
    import CLinux
#endif

/// Settings of the C library's allocator for a long life with some large messages.
enum Allocator {
    /// Applies the settings. Call this before there are threads.
    static func tune() {
        #if canImport(Glibc)
            // One arena is enough for the few threads: each further one costs memory, and gives it back page by page.
            // Memory of a large message is kept for the next one, up to 16 MiB.
            clinux_tune_malloc(1, 16 << 20, 8 << 20)
        #endif
    }
}
