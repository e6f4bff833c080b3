/// A model of a Linux pipe and its free room. This is a value without I/O.
///
/// A pipe is a queue of a limited number of pages. Each write uses new pages, with one exception. The bytes of a write
/// that do not fill a whole page (its length modulo the page size) go to the end of the last page if they fit. A page
/// becomes free only after all of its bytes were read.
struct PipePages {
    static let pageBytes = 4096

    private struct Page {
        var bytes: [UInt8]
        /// The number of bytes of this page that were read.
        var read = 0
    }

    private let maximumPages: Int
    private var pages: [Page] = []

    /// - Parameter capacity: the largest number of bytes that the pipe can hold.
    init(capacity: Int) {
        maximumPages = max(1, capacity / Self.pageBytes)
    }

    var isEmpty: Bool { pages.isEmpty }

    /// Accepts bytes in the same way as a non-blocking write.
    ///
    /// - Returns: how many bytes were accepted.
    mutating func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        var taken = 0
        let odd = bytes.count % Self.pageBytes
        if odd > 0, let last = pages.last, last.bytes.count + odd <= Self.pageBytes {
            unsafe pages[pages.count - 1].bytes.append(contentsOf: bytes.prefix(odd))
            taken = odd
        }
        while taken < bytes.count, pages.count < maximumPages {
            let piece = unsafe Array(bytes[taken..<min(bytes.count, taken + Self.pageBytes)])
            pages.append(Page(bytes: piece))
            taken += piece.count
        }
        return taken
    }

    /// Reads as many bytes as fit into the buffer.
    ///
    /// - Returns: how many bytes were read.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var (count, emptied) = (0, 0)
        while emptied < pages.count, count < buffer.count {
            let rest = pages[emptied].bytes.dropFirst(pages[emptied].read)
            let piece = rest.prefix(buffer.count - count)
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyBytes(from: piece)
            count += piece.count
            pages[emptied].read += piece.count
            if piece.count == rest.count { emptied += 1 }
        }
        pages.removeFirst(emptied)
        return count
    }
}
