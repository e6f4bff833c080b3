import TestSupport
import Testing

@testable import CoverSandbox

@Suite struct SandboxImageTests {
    @Test(arguments: ["success-6s", "", "..", "a/b", "日本"], [1, 2])
    func isAValidPNG(taskID: String, index: Int) throws {
        let image = try DecodedPNG(SandboxImage(taskID: taskID, index: index).png)
        #expect(image.width == 64 && image.height == 64)
        #expect(image.scanlines.count == 64 * (1 + 64 * 3))
        #expect(Set(stride(from: 0, to: image.scanlines.count, by: 193).map { image.scanlines[$0] }) == [0])
    }

    @Test func differsByTaskAndIndex() {
        let images = (0..<50).flatMap { number in
            (1...4).map { SandboxImage(taskID: "success-\(number)s", index: $0).png }
        }
        #expect(Set(images).count == 200)
    }

    @Test(arguments: ["success-0.5s", "a b/c", "..", "é日🎵", "x-1.png", "-1"])
    func isFoundByItsFileName(taskID: String) {
        let image = SandboxImage(taskID: taskID, index: 2)
        #expect(SandboxImage(fileName: image.fileName) == image)
        #expect(!image.fileName.contains("/"))
    }

    @Test(arguments: ["", "a", "a.png", "-1.png", "a-.png", "a-0.png", "a-01.png", "a-x.png", "a-1.jpg", "a--.png"])
    func refusesOtherFileNames(fileName: String) {
        #expect(SandboxImage(fileName: fileName) == nil)
    }
}
