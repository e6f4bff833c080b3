import CoverModel
import JSONRPC
import Jansson
import Synchronization

extension LSPServer {
    /// Reports how many covers are done, from the first followed cover to the last finished one, during the whole session.
    func reportCounts(_ session: Session) async {
        var shown: (progress: WorkDoneProgress, count: CoverCount)?
        var refusedRound = 0
        for await _ in counts.calls {
            let count = state.withLock(\.count)
            if let current = shown, count.isOver || count.round != current.count.round {
                current.progress.end(count.isOver ? count.text : nil)
                forget(current.progress.token)
                shown = nil
            }
            guard !count.isOver, count.round != refusedRound else { continue }
            if let current = shown {
                if count != current.count { current.progress.report(count.text, count.percentage) }
                shown?.count = count
                continue
            }
            let progress = WorkDoneProgress(token: newToken(), session: session)
            onCancel(of: progress.token) { [weak self] in self?.unfollowAll(session) }
            guard await progress.create() else {
                forget(progress.token)
                refusedRound = count.round
                continue
            }
            progress.begin("Covers", count.text)
            if count.percentage > 0 { progress.report(count.text, count.percentage) }
            shown = (progress, count)
        }
    }

    func newToken() -> ProgressToken {
        state.withLock { state in
            state.lastToken += 1
            return ProgressToken("cover-bridge/\(state.lastToken)")
        }
    }

    func onCancel(of token: ProgressToken, _ cancel: @escaping @Sendable () -> Void) {
        state.withLock { $0.cancellations[token] = cancel }
    }

    func forget(_ token: ProgressToken) { state.withLock { $0.cancellations[token] = nil } }

    /// `window/workDoneProgress/cancel`. Tokens of other programs are ignored.
    func cancelProgress(_ token: JSONValue?) {
        guard let token else { return }
        state.withLock { $0.cancellations[ProgressToken(token)] }?()
    }
}

/// The token of a progress: a string or a number, chosen by either side.
struct ProgressToken: Hashable, Sendable, JSONEncodable {
    private let json: [UInt8]

    init(_ token: some JSONEncodable) { json = token.jsonBytes }

    func encode(to writer: inout JSONWriter) { writer.value(EncodedJSON(json)) }
}

/// A progress that the client shows (LSP 3.17, `$/progress`).
struct WorkDoneProgress: Sendable {
    let token: ProgressToken
    let session: Session

    /// Asks the client to create the progress.
    ///
    /// - Returns: whether the client created the progress.
    func create() async -> Bool {
        do throws(RequestFailure) {
            let params = Parameters(token: token, value: nil)
            _ = try await session.request("window/workDoneProgress/create", params, within: LSPServer.patience)
            return true
        } catch {
            // The result is null, and some clients leave out the member `result`. So this error also means success.
            if case .malformedAnswer = error.reason { return true }
            return false
        }
    }

    func begin(_ title: String, _ message: String? = nil) {
        notify("begin") {
            $0.member("title", title)
            if let message { $0.member("message", message) }
            $0.member("percentage", 0)
            $0.member("cancellable", true)
        }
    }

    func report(_ message: String, _ percentage: Int) {
        notify("report") {
            $0.member("message", message)
            $0.member("percentage", percentage)
        }
    }

    func end(_ message: String?) {
        notify("end") { if let message { $0.member("message", message) } }
    }

    private func notify(_ kind: String, _ members: (inout JSONWriter) -> Void) {
        var value = JSONWriter()
        value.object {
            $0.member("kind", kind)
            members(&$0)
        }
        session.notify("$/progress", Parameters(token: token, value: EncodedJSON(value.bytes)))
    }

    private struct Parameters: JSONEncodable {
        let token: ProgressToken
        let value: EncodedJSON?

        func encode(to writer: inout JSONWriter) {
            writer.object {
                $0.member("token", token)
                if let value { $0.member("value", value) }
            }
        }
    }
}
