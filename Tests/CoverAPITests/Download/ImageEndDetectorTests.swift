import Testing

@testable import CoverAPI

struct ImageEndDetectorTests {
    private func isWhole(_ pieces: [[UInt8]]) throws -> Bool {
        var end = ImageEndDetector(try #require(MediaType(magic: Array(pieces.joined()))))
        for piece in pieces { end.scan(piece) }
        return end.isReached
    }

    @Test(arguments: SampleImages.all) func aCompleteImageIsCompleteInAnyChunks(_ image: [UInt8]) throws {
        #expect(try isWhole([image]))
        #expect(try isWhole(image.map { [$0] }))
        for cut in image.indices { #expect(try isWhole([Array(image[..<cut]), Array(image[cut...])])) }
    }

    @Test(arguments: SampleImages.all) func bytesBehindTheEndAreIgnored(_ image: [UInt8]) throws {
        #expect(try isWhole([image + [0, 0, 0]]))
        #expect(try isWhole([image, Array("trailer".utf8)]))
    }

    @Test(arguments: SampleImages.all) func everyImageThatEndsEarlyIsIncomplete(_ image: [UInt8]) throws {
        for cut in MediaType.magicLength..<image.count {
            #expect(try !isWhole([Array(image[..<cut])]), "cut at \(cut) of \(image.count)")
        }
    }

    /// The bytes come from a host and may contain any lengths. They must not crash the detector.
    @Test(arguments: SampleImages.all, [0x00, 0x01, 0x7F, 0xFF] as [UInt8])
    func damagedImagesAreReadToo(_ image: [UInt8], value: UInt8) throws {
        for place in MediaType.magicLength..<image.count {
            var damaged = image
            damaged[place] = value
            _ = try isWhole([damaged, image])
        }
    }

    @Test(arguments: [
        ("\0\0\0\u{1C}ftypavif", "an AVIF picture"), ("\0\0\0\u{18}ftypheic", "a HEIF picture"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        ("<?xml version='1.0'?>\n<svg/>", "an SVG drawing"), ("\n <!DOCTYPE html><p>", "a web page"),
        ("\u{FEFF}<html>", "a web page"), ("<!-- a --><html>", "a web page"), ("{\"code\":404}", "JSON"),
        ("<Error><Code>AccessDenied</Code>", "XML or HTML"), ("BM1234", "a BMP picture"),
        ("%PDF-1.7", "a PDF document"),
        ("hello", "of an unknown type"), ("", "of an unknown type"),
    ])
    func aFileThatIsNoImageIsNamed(content: String, name: String) {
        #expect(ForeignContent.name(of: Array(content.utf8)) == name)
        #expect(MediaType(magic: Array(content.utf8)) == nil)
        let named = ForeignContent.name(of: Array(content.utf8), packing: "packed")
        #expect(named == (name == "of an unknown type" ? "packed" : name))
    }
}
