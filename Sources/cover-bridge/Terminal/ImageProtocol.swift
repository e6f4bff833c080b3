/// How a terminal is shown a picture. Sixel is not among them: it wants pixels, and a PNG decoder for them.
enum ImageProtocol {
    /// https://sw.kovidgoyal.net/kitty/graphics-protocol
    case kitty
    /// https://iterm2.com/documentation-images.html
    case iTerm

    /// Rows that a picture takes.
    private static let rows = 12

    /// What the terminal says of itself; inside tmux and screen pictures do not get through.
    init?(variable: (String) -> String?) {
        if variable("TMUX") != nil || variable("STY") != nil { return nil }
        let program = variable("TERM_PROGRAM")
        if variable("KITTY_WINDOW_ID") != nil || variable("TERM") == "xterm-kitty" || program == "ghostty" {
            self = .kitty
        } else if program == "iTerm.app" || program == "WezTerm" || variable("LC_TERMINAL") == "iTerm2" {
            self = .iTerm
        } else {
            return nil
        }
    }

    /// What to write so that the picture appears at the cursor; nil where the protocol does not know the type.
    func text(showing bytes: [UInt8], mediaType: String) -> String? {
        let data = Self.base64(bytes)
        switch self {
        case .iTerm:
            return
                "\u{1B}]1337;File=inline=1;size=\(bytes.count);height=\(Self.rows);preserveAspectRatio=1:\(data)\u{07}"
        case .kitty:
            guard mediaType == "image/png" else { return nil }
            var rest = Substring(data)
            var text = ""
            var control = "f=100,a=T,r=\(Self.rows),q=2,"
            repeat {
                let chunk = rest.prefix(4096)
                rest = rest.dropFirst(4096)
                text += "\u{1B}_G\(control)m=\(rest.isEmpty ? 0 : 1);\(chunk)\u{1B}\\"
                control = ""
            } while !rest.isEmpty
            return text
        }
    }

    /// RFC 4648, with padding.
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                result.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
