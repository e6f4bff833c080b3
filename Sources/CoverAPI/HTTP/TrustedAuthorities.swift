import CoverModel
import NIOSSL
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The certificate authorities that servers may be vouched for by: those of a file, those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, or
/// the system's.
public struct TrustedAuthorities: Sendable {
    private enum Source: Sendable {
        case file(String, from: String)
        case folder(String, from: String)

        var words: String {
            switch self {
            case .file(let path, let origin), .folder(let path, let origin): "\(path) (\(origin))"
            }
        }
    }

    /// Longer files, in bytes, are no lists of authorities.
    private static let largest = 16 << 20
    /// Empty: the system's.
    private let sources: [Source]
    /// Where a user can name a file of authorities, for errors.
    let ways: String

    /// - Parameters:
    ///   - file: a file that goes before the variables.
    ///   - fileName: the name of the setting that names this file, as errors give it.
    ///   - variable: looks up a variable of the environment.
    public init(
        file: String? = nil,
        fileName: String? = nil,
        variable: (String) -> String? = { _ in nil }
    ) {
        ways = "SSL_CERT_FILE" + (fileName.map { " or \($0)" } ?? "")
        if let file {
            sources = [.file(file, from: fileName ?? "the settings")]
            return
        }
        let file = variable("SSL_CERT_FILE").map { Source.file($0, from: "SSL_CERT_FILE") }
        let folders = variable("SSL_CERT_DIR")?.split(separator: ":").map {
            Source.folder(String($0), from: "SSL_CERT_DIR")
        }
        sources = (file.map { [$0] } ?? []) + (folders ?? [])
    }

    /// Where the system's authorities are, by distribution.
    private static let systemFiles = [
        "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Arch, Alpine
        "/etc/pki/tls/certs/ca-bundle.crt",  // Fedora, RHEL
        "/etc/ssl/ca-bundle.pem",  // openSUSE
        "/etc/ssl/cert.pem",  // Alpine, FreeBSD
    ]

    /// For people: where the authorities come from.
    public var summary: String {
        if !sources.isEmpty { return sources.map(\.words).joined(separator: ", ") }
        return Self.systemFile.map { "the system's, \($0)" } ?? "none"
    }

    /// Refuses what is named and holds nothing that looks like a certificate. It parses none: a system's bundle takes 10 ms and 8 MB,
    /// which the start of a bridge need not wait for.
    func check() throws(CoverError) {
        for source in sources {
            switch source {
            case .file(let path, let origin):
                guard Self.holdsCertificate(try Self.contents(of: path, origin)) else {
                    throw .noCertificates(origin, "\(path) holds no certificates")
                }
            case .folder(let path, let origin):
                let found = try Self.firstFile(inFolder: path, origin) { file in
                    (try? Self.contents(of: file, origin)).map(Self.holdsCertificate) ?? false
                }
                guard found else { throw .noCertificates(origin, "\(path) holds no files with certificates") }
            }
        }
    }

    private static func holdsCertificate(_ bytes: [UInt8]) -> Bool {
        // "BEGIN CERTIFICATE", "BEGIN X509 CERTIFICATE" or "BEGIN TRUSTED CERTIFICATE" (RFC 7468 §5.1).
        bytes.firstRange(of: "CERTIFICATE-----".utf8) != nil
    }

    /// - Throws: `badRequest` for what is named and cannot be used, `untrustedServer` where there are none.
    func roots() throws(CoverError) -> NIOSSLTrustRoots {
        if !sources.isEmpty { return .certificates(try named()) }
        if let file = Self.systemFile { return .file(file) }
        if let broken = Self.systemFiles.first(where: Self.isReadable) {
            throw CoverError(
                .untrustedServer,
                "This machine's list of certificate authorities, \(broken), holds no certificates. "
                    + "Install the package ca-certificates anew, or name a file in \(ways)."
            )
        }
        #if os(Linux)
            throw CoverError(
                .untrustedServer,
                "This machine has no list of certificate authorities: there is none at "
                    + Self.systemFiles.joined(separator: ", ")
                    + ". Install the package ca-certificates, or name a file in \(ways)."
            )
        #else
            return .default
        #endif
    }

    /// The authorities, as far as they can be read.
    var certificates: [ServerCertificate] {
        let system = Self.systemFile.map { (try? NIOSSLCertificate.fromPEMFile($0)) ?? [] } ?? []
        return (sources.isEmpty ? system : (try? named()) ?? []).map(ServerCertificate.init)
    }

    /// The state of each file that the authorities come from, by which a change of them is seen.
    var files: [FileState?] {
        guard !sources.isEmpty else { return Self.systemFiles.map(FileState.init(of:)) }
        var states: [FileState?] = []
        for source in sources {
            switch source {
            case .file(let path, _): states.append(FileState(of: path))
            case .folder(let path, let origin):
                _ = try? Self.firstFile(inFolder: path, origin) { file in
                    states.append(FileState(of: file))
                    return false
                }
            }
        }
        return states
    }

    private static var systemFile: String? { systemFiles.first { isReadable($0) && beginsWithCertificate($0) } }

    private static func isReadable(_ file: String) -> Bool { unsafe access(file, R_OK) == 0 }

    /// Whether the first certificate of a file can be read; BoringSSL reads the others when it needs them.
    private static func beginsWithCertificate(_ file: String) -> Bool {
        guard let bytes = try? contents(of: file, "the system"),
            let end = bytes.firstRange(of: "-----END CERTIFICATE-----".utf8)
        else { return false }
        return (try? NIOSSLCertificate.fromPEMBytes(Array(bytes[..<end.upperBound])))?.isEmpty == false
    }

    private func named() throws(CoverError) -> [NIOSSLCertificate] {
        var certificates: [NIOSSLCertificate] = []
        for source in sources {
            switch source {
            case .file(let path, let origin):
                let found = try Self.certificates(in: path, origin)
                guard !found.isEmpty else { throw .noCertificates(origin, "\(path) holds no certificates") }
                certificates += found
            case .folder(let path, let origin): certificates += try Self.certificates(inFolder: path, origin)
            }
        }
        return certificates
    }

    private static func certificates(in path: String, _ origin: String) throws(CoverError) -> [NIOSSLCertificate] {
        let bytes = try contents(of: path, origin)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return (try? NIOSSLCertificate.fromPEMBytes(Array(bytes.dropFirst(bytes.starts(with: mark) ? 3 : 0)))) ?? []
    }

    private static func contents(of path: String, _ origin: String) throws(CoverError) -> [UInt8] {
        do throws(FileError) {
            if let known = pipes.withLock({ $0[path] }) { return known }
            let bytes = try readFile(path, limit: largest + 1)
            guard bytes.count <= largest else { throw FileError(code: EFBIG) }
            if FileState(of: path) == nil { pipes.withLock { $0[path] = bytes } }
            return bytes
        } catch {
            throw CoverError(.badRequest, "\(origin): \(path) cannot be read: \(error.reason).")
        }
    }

    /// What pipes held, by path: a shell's `<(command)` can be read once, and is wanted for each host.
    private static let pipes = Mutex<[String: [UInt8]]>([:])

    /// Each certificate of the files in a folder.
    private static func certificates(inFolder path: String, _ origin: String) throws(CoverError) -> [NIOSSLCertificate]
    {
        var seen: Set<NIOSSLCertificate> = []
        _ = try firstFile(inFolder: path, origin) { file in
            seen.formUnion((try? certificates(in: file, origin)) ?? [])
            return false
        }
        guard !seen.isEmpty else { throw .noCertificates(origin, "\(path) holds no files with certificates") }
        return Array(seen)
    }

    /// Looks at each file of a folder, once: such a folder has links to its files under other names too.
    /// - Returns: whether there is one that `isWanted`; the rest is not looked at then.
    private static func firstFile(inFolder path: String, _ origin: String, isWanted: (String) -> Bool)
        throws(CoverError)
        -> Bool
    {
        guard let folder = unsafe opendir(path) else {
            throw CoverError(.badRequest, "\(origin): \(path) cannot be read: \(FileError.current.reason).")
        }
        defer { unsafe closedir(folder) }
        var files: Set<FileState> = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            let file = path + "/" + name
            guard let state = FileState(of: file), files.insert(state).inserted else { continue }
            if isWanted(file) { return true }
        }
        return false
    }
}

extension CoverError {
    fileprivate static func noCertificates(_ origin: String, _ fault: String) -> CoverError {
        CoverError(.badRequest, "\(origin): \(fault) in the form of PEM.")
    }
}
