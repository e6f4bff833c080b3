#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension UInt8 {
    /// Space, tab, carriage return or line feed.
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }

    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    var isLetter: Bool { lowercased >= UInt8(ascii: "a") && lowercased <= UInt8(ascii: "z") }

    /// Whether this byte may be in the name of a header: a token character (RFC 9110 §5.6.2).
    var isHeaderName: Bool { isLetter || isDigit || "!#$%&'*+-.^_`|~".utf8.contains(self) }

    /// This byte in lower case if it is an ASCII capital letter; otherwise the unchanged byte.
    var lowercased: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self + 32 : self }
}

extension Slice where Base == UnsafeRawBufferPointer {
    /// The bytes before the first line feed; all bytes if there is none.
    var beforeLineFeed: Slice {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: self)
        guard let start = bytes.baseAddress,
            let end = unsafe memchr(start, Int32(UInt8(ascii: "\n")), bytes.count)
        else { return self }
        return unsafe self.prefix(UnsafeRawPointer(end) - start)
    }
}
