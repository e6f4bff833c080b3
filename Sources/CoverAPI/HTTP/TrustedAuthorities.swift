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

/// The trusted certificate authorities: those of a given file, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`, or of the
/// system.
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

    /// The longest accepted file, in bytes. A longer file is not a list of authorities.
    private static let largest = 16 << 20
    /// The length above which a file counts as a list of many authorities, in bytes.
    private static let longList = 64 << 10
    /// How many bytes of a long list are read first. They contain the first certificate of the list, unless a long
    /// comment comes before that certificate.
    private static let firstPart = 8 << 10
    /// The sources; empty for the system's authorities.
    private let sources: [Source]
    /// The settings that can name a file of authorities. Error messages list them.
    let ways: String

    /// - Parameters:
    ///   - file: a file that comes before the variables.
    ///   - fileName: the name of the setting for this file. Error messages contain it.
    ///   - variable: looks up an environment variable.
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
        // An empty variable counts as unset.
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        let file = value("SSL_CERT_FILE").map { Source.file($0, from: "SSL_CERT_FILE") }
        let folders = value("SSL_CERT_DIR")?.split(separator: ":").map {
            Source.folder(String($0), from: "SSL_CERT_DIR")
        }
        sources = (file.map { [$0] } ?? []) + (folders ?? [])
    }

    /// The files with the system's authorities, by distribution.
    private static let systemFiles = [
        "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Arch, Alpine
        "/etc/pki/tls/certs/ca-bundle.crt",  // Fedora, RHEL
        "/etc/ssl/ca-bundle.pem",  // openSUSE
        "/etc/ssl/cert.pem",  // Alpine, FreeBSD
    ]

    /// Where the authorities come from, described for people.
    public var summary: String {
        if !sources.isEmpty { return sources.map(\.words).joined(separator: ", ") }
        return Self.systemFile.map { "the system's, \($0)" } ?? "none"
    }

    /// Refuses a named file that contains no certificate, and a folder that cannot be read. A folder without certificates
    /// is refused only if it is the first source. Behind another source it is not read yet, because the start of a bridge
    /// should not wait for it. ``roots()`` reads and refuses it.
    func check() throws(CoverError) {
        for (index, source) in sources.enumerated() {
            switch source {
            case .file(let path, let origin):
                guard try Self.holdsCertificate(path, origin) else { throw try Self.noCertificates(in: path, origin) }
            case .folder(let path, let origin):
                guard index == 0 else {
                    unsafe closedir(try Self.open(folder: path, origin))
                    continue
                }
                let found = try Self.firstFile(inFolder: path, origin) { file in
                    Self.showsCertificate(file)
                }
                guard found else { throw .noCertificates(origin, "\(path) holds no files with certificates") }
            }
        }
    }

    /// Whether a file contains a certificate. This function does not parse a long list: it looks only for the start of
    /// the first certificate. Parsing a system's list takes 10 ms and 8 MB, and parsing the first certificate alone
    /// takes 0.4 ms. The start of a bridge should not wait so long. ``roots()`` parses the whole list.
    private static func holdsCertificate(_ file: String, _ origin: String) throws(CoverError) -> Bool {
        guard let size = FileState(of: file)?.size, size > longList, size <= largest else {
            return !certificates(in: try contents(of: file, origin)).isEmpty
        }
        if showsCertificate(file) { return true }
        return beginsWithCertificate(try contents(of: file, origin))
    }

    /// Whether the start of a regular file looks like a certificate: the label (RFC 7468 §5.1), and behind it the start of
    /// a sequence in DER, which is `MI` in Base64.
    private static func showsCertificate(_ file: String) -> Bool {
        guard let start = try? readFile(file, limit: firstPart),
            let label = start.indices.first(where: { start[$0...].starts(with: "CERTIFICATE-----".utf8) })
        else { return false }
        let content = start[label...].drop { $0 != UInt8(ascii: "\n") }
        return content.dropFirst().starts(with: "MI".utf8)
    }

    /// Whether the first certificate can be read.
    private static func beginsWithCertificate(_ bytes: [UInt8]) -> Bool {
        // The text is "END CERTIFICATE", "END X509 CERTIFICATE" or "END TRUSTED CERTIFICATE" (RFC 7468 §5.1).
        guard let start = bytes.firstRange(of: "-----END ".utf8),
            let end = bytes[start.upperBound...].firstRange(of: "CERTIFICATE-----".utf8)
        else { return false }
        return !certificates(in: Array(bytes[..<end.upperBound])).isEmpty
    }

    private static func certificates(in bytes: [UInt8]) -> [NIOSSLCertificate] {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return (try? NIOSSLCertificate.fromPEMBytes(Array(bytes.dropFirst(bytes.starts(with: mark) ? 3 : 0)))) ?? []
    }

    /// - Throws: `badRequest` if a named file or folder cannot be used; `untrustedServer` if the system has no
    ///   authorities.
    func roots() throws(CoverError) -> NIOSSLTrustRoots {
        if !sources.isEmpty { return .certificates(try named()) }
        if let file = Self.systemFile { return .file(file) }
        if let broken = Self.systemFiles.first(where: Self.isReadable) {
            throw CoverError(
                .untrustedServer,
                "This machine's list of certificate authorities, \(broken), holds no certificates. "
                    + "Reinstall the package ca-certificates, or name a file in \(ways)."
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

    /// The state of each file of authorities, which shows whether they have changed.
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

    /// Whether the first certificate of a file can be read. BoringSSL reads the others when it needs them.
    private static func beginsWithCertificate(_ file: String) -> Bool {
        (try? contents(of: file, "the system")).map(beginsWithCertificate) ?? false
    }

    private func named() throws(CoverError) -> [NIOSSLCertificate] {
        var certificates: [NIOSSLCertificate] = []
        for source in sources {
            switch source {
            case .file(let path, let origin):
                let found = try Self.certificates(in: path, origin)
                guard !found.isEmpty else { throw try Self.noCertificates(in: path, origin) }
                certificates += found
            case .folder(let path, let origin): certificates += try Self.certificates(inFolder: path, origin)
            }
        }
        return certificates
    }

    /// The error for a file without certificates, with what the file holds in their place.
    private static func noCertificates(in path: String, _ origin: String) throws(CoverError) -> CoverError {
        var error = CoverError.noCertificates(origin, "\(path) holds no certificates")
        AuthorityFileKind(try contents(of: path, origin)).map { error.message += " \($0.advice)" }
        return error
    }

    private static func certificates(in path: String, _ origin: String) throws(CoverError) -> [NIOSSLCertificate] {
        certificates(in: try contents(of: path, origin))
    }

    private static func contents(of path: String, _ origin: String) throws(CoverError) -> [UInt8] {
        do throws(FileError) {
            if let known = pipes.withLock({ $0[path] }) { return known }
            let bytes = try readFile(path, limit: largest + 1)
            guard bytes.count <= largest else { throw .tooLarge }
            if FileState(of: path) == nil { pipes.withLock { $0[path] = bytes } }
            return bytes
        } catch {
            throw CoverError(.badRequest, "\(origin): \(path) cannot be read: \(error.reason).")
        }
    }

    /// The content of each pipe that was read, by path. A pipe such as the shell's `<(command)` can be read only once,
    /// and every host needs its content.
    private static let pipes = Mutex<[String: [UInt8]]>([:])

    /// The certificates of the files in a folder.
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

    /// Checks each file of a folder once. Such a folder also contains links to its files under other names.
    ///
    /// - Returns: whether `isWanted` accepts a file. The search ends with the first such file.
    private static func firstFile(inFolder path: String, _ origin: String, isWanted: (String) -> Bool)
        throws(CoverError)
        -> Bool
    {
        let folder = try unsafe open(folder: path, origin)
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

    private static func open(folder path: String, _ origin: String) throws(CoverError) -> OpaquePointer {
        guard let folder = unsafe opendir(path) else {
            throw CoverError(.badRequest, "\(origin): \(path) cannot be read: \(FileError.current.reason).")
        }
        return unsafe folder
    }
}

extension CoverError {
    fileprivate static func noCertificates(_ origin: String, _ fault: String) -> CoverError {
        CoverError(.badRequest, "\(origin): \(fault) in the form of PEM.")
    }
}
