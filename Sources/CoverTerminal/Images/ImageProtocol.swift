import CoverModel

/// The protocol by which a terminal shows a picture.
package enum ImageProtocol {
    /// https://sw.kovidgoyal.net/kitty/graphics-protocol
    case kitty
    /// https://iterm2.com/documentation-images.html
    case iTerm
    /// https://vt100.net/docs/vt3xx-gp/chapter14.html; it takes pixels and not files.
    case sixel(SixelScreen)

    /// The most rows that a picture takes.
    package static let rows = 12

    /// The protocol that a terminal supports, according to the environment, or else to the terminal's answers. Nil if
    /// there is none.
    package static func understood(by terminal: Terminal) -> ImageProtocol? {
        guard terminal.isInteractive else { return nil }
        return ImageProtocol(variable: terminal.variable) ?? SixelScreen(terminal).map(ImageProtocol.sixel)
    }

    /// Reads the environment. Inside tmux and screen, the variables describe the outer terminal, which images do not
    /// reach; so the result is nil.
    package init?(variable: (String) -> String?) {
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

    /// The text that shows the picture at the cursor; nil if the protocol does not support the type.
    package func text(showing bytes: [UInt8], mediaType: String) -> String? {
        switch self {
        case .sixel(let screen): return screen.text(showing: bytes)
        case .iTerm:
            let data = Base64.text(bytes)
            return
                "\u{1B}]1337;File=inline=1;size=\(bytes.count);height=\(Self.rows);preserveAspectRatio=1:\(data)\u{07}"
        case .kitty:
            guard mediaType == "image/png" else { return nil }
            var rest = Substring(Base64.text(bytes))
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
}
