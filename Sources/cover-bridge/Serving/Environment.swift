#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

enum Environment {
    /// The value of a variable; nil if it is unset or empty.
    static func variable(_ name: String) -> String? { value(name).flatMap { $0.isEmpty ? nil : $0 } }

    /// The value of a variable; nil if it is unset.
    static func value(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
