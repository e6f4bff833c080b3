/// What a file has in place of certificates in the form of PEM.
enum AuthorityFileKind {
    case binary, chain, privateKey, damaged

    /// Returns nil if the content is none of these.
    init?(_ content: [UInt8]) {
        // DER begins with a sequence whose length takes two bytes or more.
        if content.starts(with: [0x30, 0x82]) || content.starts(with: [0x30, 0x80]) {
            self = .binary
            return
        }
        let text = String(decoding: content, as: UTF8.self)
        func holds(_ words: String) -> Bool { text.utf8.firstRange(of: words.utf8) != nil }
        if holds("BEGIN CERTIFICATE-") || holds("BEGIN TRUSTED CERTIFICATE-") {
            self = .damaged
        } else if holds("BEGIN PKCS7-") {
            self = .chain
        } else if holds("PRIVATE KEY-") {
            self = .privateKey
        } else {
            return nil
        }
    }

    var advice: String {
        switch self {
        case .binary:
            "It is binary; convert it: openssl x509 -inform der (a .cer file), or openssl pkcs12 -nokeys (a .p12)."
        case .chain: "It is PKCS#7; convert it: openssl pkcs7 -print_certs."
        case .privateKey: "It holds a private key; name the file of the certificates."
        case .damaged: "A certificate in it cannot be read; copy the file again."
        }
    }
}
