#if canImport(Glibc)
    import CLinux
#endif

/// How the C library's allocator is to behave in a long life with large messages in it.
enum Allocator {
    /// To be called before there are threads.
    static func tune() {
        #if canImport(Glibc)
            // One arena for the few threads there are: each further one costs memory, and returns it page by page. What a large
            // message took is kept for the next one, up to 16 MiB, instead of being returned and asked for again.
            clinux_tune_malloc(1, 16 << 20, 8 << 20)
        #endif
    }
}
