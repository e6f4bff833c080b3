import CoverModel

/// How a terminal is shown a picture.
package enum ImageProtocol {
    /// https://sw.kovidgoyal.net/kitty/graphics-protocol
    case kitty
    /// https://iterm2.com/documentation-images.html
    case iTerm
    /// https://vt100.net/docs/vt3xx-gp/chapter14.html; it wants pixels, not files.
    case sixel(SixelScreen)

    /// Rows that a picture takes, at most.
    package static let rows = 12

    /// By what the terminal's variables say, else by what it answers.
    package static func understood(by terminal: Terminal) -> ImageProtocol? {
        guard terminal.isInteractive else { return nil }
        return ImageProtocol(variable: terminal.variable) ?? SixelScreen(terminal).map(ImageProtocol.sixel)
    }

    /// What the terminal's variables say. Inside tmux and screen they speak of the terminal around, which files do not get through
    /// to.
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

    /// What to write so that the picture appears at the cursor; nil where the protocol does not know the type.
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
