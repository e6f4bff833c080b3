import CoverModel
import Testing

@testable import CoverTerminal

struct SixelScreenTests {
    private func sequences(_ text: String) -> [ControlSequence] { ControlSequence.all(in: Array(text.utf8)) }

    @Test(arguments: [
        ("\u{1B}[?62;4;22c", true), ("\u{1B}[?64;1;2;4c", true), ("ab\u{1B}[A\u{1B}[?6;4cx", true),
        // The first number is the level of the terminal, so a 4 in this place does not announce sixels.
        ("\u{1B}[?4c", false), ("\u{1B}[?62;22c", false), ("\u{1B}[?62;44c", false), ("\u{1B}[?62;4", false),
        ("\u{1B}[62;4c", false), ("\u{1B}\u{1B}", false), ("", false), ("\u{1B}[?62;4\u{7}c", false),
        ("\u{1B}[?62;99999999999999999999;4c", true),
    ])
    func announcement(answer: String, isAnnounced: Bool) {
        #expect(SixelScreen.announces(sequences(answer)) == isAnnounced)
    }

    @Test(
        arguments: [
            (80, 24, nil, "", 800, 240, 256), (40, 24, nil, "", 400, 240, 256), (80, 6, nil, "", 800, 80, 256),
            (80, 1, nil, "", 800, 20, 256), (20, 24, (8, 16), "\u{1B}[6;99;99t", 160, 192, 256),
            (20, 24, nil, "\u{1B}[6;16;8t\u{1B}[?1;0;16S\u{1B}[?62;4c", 160, 192, 16),
            (20, 24, nil, "\u{1B}[6;0;8t\u{1B}[?1;3;0S", 200, 240, 256),
            (20, 24, nil, "\u{1B}[?1;0;1024S", 200, 240, 256),
            (500, 90, (30, 90), "", 800, 800, 256),
        ] as [(Int, Int, (width: Int, height: Int)?, String, Int, Int, Int)]
    )
    func limits(
        columns: Int,
        rows: Int,
        cell: (width: Int, height: Int)?,
        answers: String,
        width: Int,
        height: Int,
        colors: Int
    ) {
        let screen = SixelScreen(.init(columns: columns, rows: rows, cell: cell), sequences(answers))
        #expect(screen.limit == (width, height))
        #expect(screen.colors == colors)
    }

    @Test(arguments: ["", "JPEG", "\u{89}PNG"])
    func undecodedImagesAreNotShown(text: String) {
        #expect(SixelScreen(.init(), []).text(showing: Array(text.utf8)) == nil)
    }
}
