extension String {
    /// Whether this is a URL and no path: it begins with `file:`, or with a scheme and `://`. A path may contain a colon.
    package var isURL: Bool {
        let scheme = utf8.prefix {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return hasPrefix("file:") || !scheme.isEmpty && utf8[scheme.endIndex...].starts(with: "://".utf8)
    }
}
