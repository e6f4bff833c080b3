import Jansson
import Synchronization

/// The input side of a session. Its methods run on the reader's thread.
extension Session {
    /// The largest number of bytes that one `read` returns. It is the capacity of a pipe on Linux.
    private static let chunkBytes = 65_536
    /// If more input is always available, waiting requests start after this many reads.
    private static let chunksPerBurst = 16

    func runReader() {
        var framer = Framer(framing: configuration.framing, maximumBytes: configuration.maximumMessageBytes)
        var isSettled = configuration.framing != nil
        var isOpen = true
        func deliver(_ frame: Frame, _ framing: Framing) {
            if !isSettled {
                isSettled = true
                outbox.settle(framing)
            }
            // If nothing can be sent any more, reading ends, because no peer is left to answer.
            isOpen = isOpen && outbox.waitForRoom()
            if isOpen { receive(frame) }
        }

        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 16)
        defer { unsafe buffer.deallocate() }
        var chunks = 0
        while isOpen, let count = unsafe readInput(into: buffer), count > 0 {
            unsafe framer.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]), deliver)
            outbox.flush()
            chunks += 1
            if hasWaitingWork, chunks >= Self.chunksPerBurst || !transport.hasInput {
                startWaitingWork()
                chunks = 0
            }
        }
        framer.finish(deliver)
        endRequests()
        startWaitingWork()
        handler.inputEnded(in: self)
        outbox.flush()
        let isDrained = state.withLock { state in
            state.inputEnded = true
            return state.unanswered == 0
        }
        if isDrained { eventSource.yield(.drained) }
    }

    /// - Returns: how many bytes were read; nil if the input cannot be read.
    private func readInput(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        do throws(TransportError) {
            return try unsafe transport.read(into: buffer)
        } catch {
            state.withLock { $0.inputFailure = error }
            return nil
        }
    }

    private func receive(_ frame: Frame) {
        switch frame {
        case .fault(let fault):
            state.withLock { $0.statistics.errors += 1 }
            outbox.append(configuration.answer(to: fault))
        case .message(let bytes):
            let repairs = configuration.repairsText
            let payload = unsafe MessageParser.parse(bytes, configuration.cancellation, willRepair: repairs)
            guard repairs, payload.isParseError else { return handle(payload) }
            let repaired = unsafe RepairedJSON(Array(bytes)).bytes
            unsafe repaired.withUnsafeBytes { bytes in
                handle(unsafe MessageParser.parse(bytes, configuration.cancellation))
            }
        }
    }

    private func handle(_ payload: Payload) {
        switch payload {
        case .single(let message): handle(message, .peer)
        case .batch(let messages): handle(batch: messages)
        }
    }

    private func handle(batch messages: [Message]) {
        let count = messages.count(where: \.wantsAnswer)
        let ledger = BatchLedger(count: count)
        var index = 0
        for message in messages {
            handle(message, .batch(ledger, index: index))
            if message.wantsAnswer { index += 1 }
        }
    }

    private func handle(_ message: Message, _ destination: Destination) {
        switch message {
        case .request(let id, let method, let parameters):
            unsafe handle(id, Call(method: method, parameters: parameters), destination)
        case .notification(let method, let parameters):
            state.withLock { $0.statistics.notifications += 1 }
            handler.receive(Call(method: method, parameters: parameters), in: self)
        case .cancellation(let id):
            cancel(id)
        case .answer(let id, let answer):
            _ = accept(answer, to: id)
        case .idAlone(let id, let number, let fault):
            guard accept(.malformed, to: number) else { return unsafe respond(Array(id), .failure(fault), destination) }
            if case .batch(let ledger, let index) = destination { enter(nil, in: ledger, at: index, nil) }
        case .ignorable:
            break
        case .invalid(let id, let error):
            unsafe respond(id.map(Array.init), .failure(error), destination)
        }
    }

    private func handle(_ id: UnsafeRawBufferPointer, _ call: Call, _ destination: Destination) {
        let (refusal, isDuplicate) = state.withLock { state in
            state.statistics.requests += 1
            return unsafe (state.refusal(configuration.codes), state.inFlight.contains(id))
        }
        if unsafe !configuration.acceptsNullID && id.elementsEqual("null".utf8) {
            return respond(nil, .failure(.invalidRequest("an id is a string or a number, this is null")), destination)
        }
        if isDuplicate { return respond(nil, .failure(.duplicateID), destination) }
        if let refusal { return unsafe respond(Array(id), .failure(refusal), destination) }

        switch handler.answer(call, in: self) {
        case .result(let reply):
            if case .peer = destination {
                unsafe outbox.appendResult(id: id, reply.result)
                reply.onDelivery?(.queued)
            } else {
                unsafe respond(Array(id), .success(reply), destination)
            }
        case .failure(let error):
            unsafe respond(Array(id), .failure(error), destination)
        case .later(let work, let onCancel, let effect):
            unsafe start(work, for: RequestID(id), destination, onCancel, effect)
        case .laterByID(let work):
            let id = unsafe RequestID(id)
            start({ try await work(id.bytes) }, for: id, destination, nil, nil)
        }
    }

    private func start(
        _ work: @escaping InFlightTable.Work,
        for id: RequestID,
        _ destination: Destination,
        _ onCancel: Outcome.OnCancel?,
        _ effect: String?
    ) {
        let (limit, codes) = (configuration.maximumInFlight, configuration.codes)
        let refusal: RPCError? = state.withLock { state in
            // The session may have begun to end since the call was accepted. A request that is added now would get no
            // answer.
            if state.phase == .ending { return .ended(codes) }
            if state.inFlight.count >= limit { return .overloaded(codes, limit: limit) }
            state.unanswered += 1
            state.waiting.append((id, state.inFlight.insert(id, destination, onCancel: onCancel, effect: effect, work)))
            return nil
        }
        if let refusal { respond(id.bytes, .failure(refusal), destination) }
    }

    private var hasWaitingWork: Bool { state.withLock { !$0.waiting.isEmpty } }

    /// Starts the waiting requests together, after all available input was read. So equal queries that arrive together
    /// can be sent as one query.
    private func startWaitingWork() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for (id, requestNumber) in waiting {
            let task = Task { await self.work(on: id, requestNumber) }
            let isCurrent = state.withLock { $0.inFlight.attach(task, to: id, requestNumber) }
            if !isCurrent { task.cancel() }
        }
    }

    /// Runs the work of a request. The work does not begin if the request was cancelled or the session is ending.
    private func work(on id: RequestID, _ requestNumber: UInt64) async {
        guard outbox.failure == nil,
            let work = state.withLock({ $0.phase == .ending ? nil : $0.inFlight.begin(id, requestNumber) })
        else { return }
        await finish(id, requestNumber, Self.outcome(of: work))
    }

    private static func outcome(of work: InFlightTable.Work) async -> Result<Reply, RPCError> {
        do { return .success(try await work()) } catch { return .failure(RPCError(of: error)) }
    }

    /// Handles the result of a task. If the request still waits for a response, this method sends the response.
    private func finish(_ id: RequestID, _ requestNumber: UInt64, _ result: Result<Reply, RPCError>) {
        guard let (id, entry) = state.withLock({ $0.inFlight.finish(id, requestNumber) }) else {
            if case .success(let reply) = result { reply.onDelivery?(.dropped) }
            return
        }
        respond(id.bytes, result, entry.destination)
        outbox.wake()
        settleOne()
    }
}

/// The output side of a session, which turns results into responses.
extension Session {
    func respond(_ id: [UInt8]?, _ result: Result<Reply, RPCError>, _ destination: Destination) {
        let message: [UInt8]
        var onDelivery: Reply.OnDelivery?
        switch result {
        case .success(let reply):
            message = MessageWriter.result(reply.result, id: id ?? [])
            onDelivery = reply.onDelivery
        case .failure(let error):
            message = MessageWriter.error(configuration.redactsError(error.jsonBytes), id: id)
            state.withLock { $0.statistics.errors += 1 }
        }
        switch destination {
        case .peer:
            outbox.append(message)
            onDelivery?(.queued)
        case .batch(let ledger, let index):
            onDelivery?(.held)
            enter(message, in: ledger, at: index, onDelivery)
        }
    }

    /// - Parameter response: nil if this member of the batch gets no response.
    func enter(
        _ response: [UInt8]?,
        in ledger: BatchLedger,
        at index: Int,
        _ onDelivery: Reply.OnDelivery?
    ) {
        guard let completed = ledger.enter(response, at: index, onDelivery) else { return }
        if let message = completed.message { outbox.append(message) }
        for onDelivery in completed.deliveries { onDelivery(.queued) }
    }

    /// Counts a response as queued.
    func settleOne() {
        let (isDrained, waiter) = state.withLock { state in
            state.unanswered -= 1
            guard state.unanswered == 0 else { return (false, CheckedContinuation<Void, Never>?.none) }
            defer { state.answeredWaiter = nil }
            return (state.inputEnded, state.answeredWaiter)
        }
        waiter?.resume()
        if isDrained { eventSource.yield(.drained) }
    }
}

extension Payload {
    fileprivate var isParseError: Bool {
        guard case .single(.invalid(_, let error)) = self else { return false }
        return error.code == -32700
    }
}

extension Message {
    fileprivate var wantsAnswer: Bool {
        switch self {
        case .request, .invalid, .idAlone: true
        case .notification, .cancellation, .answer, .ignorable: false
        }
    }
}

extension RPCError {
    /// The error response for a request whose work throws this error.
    init(of error: any Error) {
        self =
            switch error {
            case let error as RPCError: error
            case is CancellationError: .cancelled
            case let failure as RequestFailure: RPCError(failure)
            default: .internalError("the request failed for an unknown reason; please report it")
            }
    }
}
