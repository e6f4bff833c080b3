import CoverService
import CoverWatch
import JSONRPC

/// A face that tells when its peer has introduced itself, or gone to work without: until then, a key may still come with
/// `initialize`.
struct Introduction: Face {
    private let face: any Face
    private let done: AsyncStream<Never>.Continuation

    /// - Returns: the face, and a stream that ends when the peer has introduced itself.
    static func awaited(by face: any Face) -> (face: Self, isOver: AsyncStream<Never>) {
        let (isOver, done) = AsyncStream.makeStream(of: Never.self)
        return (Self(face: face, done: done), isOver)
    }

    func answer(_ request: Call, in session: Session) -> Outcome {
        // The key is there before what waits for it goes on.
        defer { if request.method != "ping" { done.finish() } }
        return face.answer(request, in: session)
    }

    func take(_ notification: Call, in session: Session) { face.take(notification, in: session) }

    func inputEnded(in session: Session) { face.inputEnded(in: session) }

    func tell(_ event: WatchEvent, to session: Session) { face.tell(event, to: session) }
}
