import Synchronization

/// The way in: what happens on the reader's thread.
extension Session {
    /// As much as one `read` takes: what a pipe holds.
    private static let chunkBytes = 65_536
    /// For how much input that is there already the requests that wait are held back.
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
            // Nobody is left to answer to once the session has ended.
            isOpen = isOpen && outbox.waitForRoom()
            if isOpen { receive(frame) }
        }

        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 16)
        defer { unsafe buffer.deallocate() }
        var chunks = 0
        while isOpen, let count = unsafe try? transport.read(into: buffer), count > 0 {
            unsafe framer.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]), deliver)
            outbox.flush()
            chunks += 1
            if hasDeferredWork, chunks >= Self.chunksPerBurst || !transport.hasInput {
                startDeferredWork()
                chunks = 0
            }
        }
        framer.finish(deliver)
        startDeferredWork()
        outbox.flush()
        let isDrained = state.withLock { state in
            state.inputEnded = true
            return state.unanswered == 0
        }
        if isDrained { eventSource.yield(.drained) }
    }

    private func receive(_ frame: Frame) {
        switch frame {
        case .fault(let fault):
            state.withLock { $0.statistics.errors += 1 }
            outbox.append(ResponseEnvelope.error(RPCError(fault), id: nil))
        case .message(let bytes):
            switch unsafe MessageParser.parse(bytes) {
            case .single(let message): handle(message, .peer)
            case .batch(let messages): handle(batch: messages)
            }
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
            handler.take(Call(method: method, parameters: parameters), in: self)
        case .cancellation(let id):
            cancel(id)
        case .ignorable:
            break
        case .invalid(let id, let error):
            unsafe respond(id.map(Array.init), .failure(error), destination)
        }
    }

    private func handle(_ id: UnsafeRawBufferPointer, _ call: Call, _ destination: Destination) {
        let (refusal, isDuplicate) = state.withLock { state in
            state.statistics.requests += 1
            return unsafe (state.refusal, state.inFlight.contains(id))
        }
        if isDuplicate { return respond(nil, .failure(.duplicateID), destination) }
        if let refusal { return unsafe respond(Array(id), .failure(refusal), destination) }

        switch handler.answer(call, in: self) {
        case .result(let reply):
            if case .peer = destination {
                unsafe outbox.appendResult(id: id, reply.result)
                reply.settled?(true)
            } else {
                unsafe respond(Array(id), .success(reply), destination)
            }
        case .failure(let error):
            unsafe respond(Array(id), .failure(error), destination)
        case .later(let work):
            unsafe start(work, for: RequestID(id), destination)
        }
    }

    private func start(
        _ work: @escaping @Sendable () async throws -> Reply,
        for id: RequestID,
        _ destination: Destination
    ) {
        let limit = configuration.maximumInFlight
        let admission: Result<UInt64, RPCError> = state.withLock { state in
            // The session may have begun to end after the call was let in: nobody would answer what is entered now.
            if state.phase == .ending { return .failure(.ended) }
            if state.inFlight.count >= limit { return .failure(.overloaded(limit: limit)) }
            state.unanswered += 1
            return .success(state.inFlight.insert(id, destination))
        }
        let ticket: UInt64
        switch admission {
        case .success(let admitted): ticket = admitted
        case .failure(let refusal): return respond(id.bytes, .failure(refusal), destination)
        }
        state.withLock { $0.deferred.append(DeferredWork(id: id, ticket: ticket, work: work)) }
    }

    private var hasDeferredWork: Bool { state.withLock { !$0.deferred.isEmpty } }

    /// Starts what was read in one go, once all of it is known: equal questions that come together can be asked as one.
    private func startDeferredWork() {
        let deferred = state.withLock { state in
            defer { state.deferred = [] }
            return state.deferred
        }
        for item in deferred {
            let task = Task { await self.finish(item.id, item.ticket, Self.outcome(of: item.work)) }
            let isCurrent = state.withLock { $0.inFlight.attach(task, to: item.id, item.ticket) }
            if !isCurrent { task.cancel() }
        }
    }

    private static func outcome(of work: () async throws -> Reply) async -> Result<Reply, RPCError> {
        do {
            return .success(try await work())
        } catch let error as RPCError {
            return .failure(error)
        } catch is CancellationError {
            return .failure(.cancelled)
        } catch {
            return .failure(.internalError("the request failed for a reason that has no name yet; please report it"))
        }
    }

    /// A task has its result: the response, if the request still waits for one.
    private func finish(_ id: RequestID, _ ticket: UInt64, _ result: Result<Reply, RPCError>) {
        guard let (id, entry) = state.withLock({ $0.inFlight.remove(id, ticket: ticket) }) else {
            if case .success(let reply) = result { reply.settled?(false) }
            return
        }
        respond(id.bytes, result, entry.destination)
        outbox.wake()
        settleOne()
    }

    private func cancel(_ id: RequestID) {
        guard let (id, entry) = state.withLock({ $0.inFlight.remove(id) }) else { return }
        respond(id.bytes, .failure(.cancelled), entry.destination)
        settleOne()
        entry.task?.cancel()
    }

    /// Answers all that is in flight with an error; their tasks are cancelled.
    func failInFlight() {
        let entries = state.withLock { state in
            state.phase = .ending
            return state.inFlight.removeAll()
        }
        for (id, entry) in entries {
            respond(id.bytes, .failure(.ended), entry.destination)
            settleOne()
            entry.task?.cancel()
        }
    }
}

/// The way out: what becomes of a result.
extension Session {
    private func respond(_ id: [UInt8]?, _ result: Result<Reply, RPCError>, _ destination: Destination) {
        let message: [UInt8]
        var settled: (@Sendable (Bool) -> Void)?
        switch result {
        case .success(let reply):
            message = ResponseEnvelope.result(reply.result, id: id ?? [])
            settled = reply.settled
        case .failure(let error):
            message = ResponseEnvelope.error(error, id: id)
            state.withLock { $0.statistics.errors += 1 }
        }
        switch destination {
        case .peer:
            outbox.append(message)
            settled?(true)
        case .batch(let ledger, let index):
            if let completed = ledger.enter(message, at: index, settled) {
                outbox.append(completed.message)
                for settled in completed.settlements { settled(true) }
            }
        }
    }

    /// The response to a request that waited is queued.
    private func settleOne() {
        let isDrained = state.withLock { state in
            state.unanswered -= 1
            return state.unanswered == 0 && state.inputEnded
        }
        if isDrained { eventSource.yield(.drained) }
    }
}

extension Message {
    fileprivate var wantsAnswer: Bool {
        switch self {
        case .request, .invalid: true
        case .notification, .cancellation, .ignorable: false
        }
    }
}
