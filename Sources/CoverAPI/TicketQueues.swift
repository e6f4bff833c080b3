/// Two queues of tickets: the urgent before the others, first come, first served in each. Removing costs nothing but a mark.
struct TicketQueues: Sendable {
    private var urgent = TicketQueue()
    private var patient = TicketQueue()
    private var priorities: [Int: QueryPriority] = [:]

    mutating func append(_ ticket: Int, _ priority: QueryPriority) {
        priorities[ticket] = priority
        switch priority {
        case .interactive: urgent.append(ticket)
        case .background: patient.append(ticket)
        }
    }

    mutating func remove(_ ticket: Int) { priorities[ticket] = nil }

    mutating func promote(_ ticket: Int) {
        guard priorities[ticket] == .background else { return }
        append(ticket, .interactive)
    }

    /// The ticket whose turn it is.
    var first: Int? {
        mutating get {
            urgent.first { priorities[$0] == .interactive } ?? patient.first { priorities[$0] == .background }
        }
    }
}

/// A first-in, first-out queue that forgets what is no longer valid when it comes to the front.
private struct TicketQueue: Sendable {
    private var tickets: [Int] = []
    private var head = 0

    mutating func append(_ ticket: Int) { tickets.append(ticket) }

    mutating func first(where isValid: (Int) -> Bool) -> Int? {
        while head < tickets.count, !isValid(tickets[head]) { head += 1 }
        if head > 64, head * 2 > tickets.count {
            tickets.removeFirst(head)
            head = 0
        }
        return head < tickets.count ? tickets[head] : nil
    }
}
