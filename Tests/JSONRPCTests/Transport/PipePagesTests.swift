import TestSupport
import Testing

@testable import JSONRPC

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

struct PipePagesTests {
    private static func written(_ pages: inout PipePages, _ count: Int) -> Int {
        let bytes = [UInt8](repeating: 1, count: count)
        return unsafe bytes.withUnsafeBytes { unsafe pages.write($0) }
    }

    /// The sizes of writes into an empty pipe of 16 pages, and how many bytes of the last write the pipe accepts.
    @Test(arguments: [
        ([65_536], 65_536), ([65_537], 65_536),
        // Two writes of 2,100 bytes do not fit into one page, so each write takes a page.
        (Array(repeating: 2100, count: 16), 2100), (Array(repeating: 2100, count: 17), 0),
        (Array(repeating: 2048, count: 32), 2048), (Array(repeating: 2048, count: 33), 0),
        (Array(repeating: 4096, count: 16) + [1], 0), (Array(repeating: 4096, count: 15) + [1, 4095], 4095),
        // The write of 5,000 bytes has one whole page and 904 more bytes. The pipe puts these 904 bytes into the
        // started page first. No page is free for the whole page, so the pipe accepts only 904 bytes.
        (Array(repeating: 4096, count: 15) + [100, 5000], 904),
    ])
    func fillsByPages(sizes: [Int], last: Int) {
        var pages = PipePages(capacity: 65_536)
        var taken = 0
        for size in sizes { taken = Self.written(&pages, size) }
        #expect(taken == last)
    }

    #if os(Linux)
        @Test(arguments: 1...10)
        func isNoKinderThanARealPipe(seed: UInt64) throws {
            var ends: [Int32] = [0, 0]
            try #require(unsafe pipe(&ends) == 0)
            defer { for end in ends { close(end) } }
            for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
            // The value of `F_GETPIPE_SZ`, the command of `fcntl` for the size of a pipe.
            let sizeOfPipe: Int32 = 1032
            var pages = PipePages(capacity: Int(fcntl(ends[1], sizeOfPipe)))
            var generator = SeededGenerator(seed: seed)
            var buffer = [UInt8](repeating: 0, count: 20_000)
            for _ in 0..<3000 {
                let count = Int.random(in: 1...(Bool.random(using: &generator) ? 300 : 20_000), using: &generator)
                if Int.random(in: 0..<3, using: &generator) > 0 {
                    #expect(Self.written(&pages, count) == max(0, unsafe write(ends[1], buffer, count)))
                } else {
                    let real = max(0, unsafe read(ends[0], &buffer, count))
                    let twin = unsafe buffer.withUnsafeMutableBytes { buffer in
                        unsafe pages.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
                    }
                    #expect(twin == real)
                }
            }
        }
    #endif
}
