import CoverModel

/// The protocol by which a terminal shows a picture.
package enum ImageProtocol {
    /// The protocol of kitty: https://sw.kovidgoyal.net/kitty/graphics-protocol
    case kitty
    /// The protocol of iTerm2: https://iterm2.com/documentation-images.html
    case iTerm
    /// Sixel, which takes pixels and not files: https://vt100.net/docs/vt3xx-gp/chapter14.html
    case sixel(SixelScreen)

    /// The largest number of rows that a picture takes on the screen.
    package static let rows = 12

    /// The protocol that a terminal supports; nil if it supports none. The environment decides. If the environment
    /// names no protocol, the answers of the terminal decide.
    package static func understood(by terminal: Terminal) -> ImageProtocol? {
        guard terminal.isInteractive else { return nil }
        return ImageProtocol(variable: terminal.variable) ?? SixelScreen(terminal).map(ImageProtocol.sixel)
    }

    /// Finds the protocol in the environment. Inside tmux and screen the result is nil. There the variables describe
    /// the outer terminal, but images do not reach the outer terminal.
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
