/// What a terminal with sixel support reports about its screen.
package struct SixelScreen: Equatable {
    /// The largest width and height of a picture, in pixels.
    package var limit: (width: Int, height: Int)
    /// The largest number of colours of a picture.
    package var colors = 256

    /// The upper limit of the pixels per side. No picture needs more, and each pixel takes time on a slow connection.
    private static let most = 800

    package static func == (first: SixelScreen, second: SixelScreen) -> Bool {
        first.limit == second.limit && first.colors == second.colors
    }

    /// - Returns: nil if the device attributes of the terminal do not announce sixel.
    package init?(_ terminal: Terminal) {
        guard Self.announces(terminal.answers(to: "")) else { return nil }
        // The queries ask for the size of a cell and the number of colour registers (XTSMGRAPHICS).
        self.init(terminal.geometry, terminal.answers(to: "\u{1B}[16t\u{1B}[?1;1;0S"))
    }

    package static func announces(_ answers: [ControlSequence]) -> Bool {
        answers.contains { $0.isPrivate && $0.final == "c" && $0.parameters.dropFirst().contains(4) }
    }

    package init(_ geometry: Terminal.Geometry, _ answers: [ControlSequence]) {
        var cell = geometry.cell
        for answer in answers where answer.parameters.count == 3 {
            let parameters = answer.parameters
            if !answer.isPrivate, answer.final == "t", parameters[0] == 6, 1...200 ~= parameters[1],
                1...200 ~= parameters[2]
            {
                cell = cell ?? (parameters[2], parameters[1])
            } else if answer.isPrivate, answer.final == "S", parameters[..<2] == [1, 0], parameters[2] >= 2 {
                colors = min(colors, parameters[2])
            }
        }
        let (width, height) = cell ?? (10, 20)
        let rows = max(1, min(ImageProtocol.rows, geometry.rows - 2))
        limit = (min(Self.most, geometry.columns * width), min(Self.most, rows * height))
    }

    /// The text that shows the picture at the cursor; nil if the PNG cannot be decoded.
    package func text(showing png: [UInt8]) -> String? {
        (try? Picture(png: png, fitting: limit)).map { IndexedPicture($0, colors: colors).sixels }
    }
}
