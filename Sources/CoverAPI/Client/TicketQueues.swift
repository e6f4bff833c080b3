/// Two queues of tickets, the urgent and the patient; first come, first served in each. Removing costs nothing but a mark.
struct TicketQueues: Sendable {
    private var urgent = TicketQueue()
    private var patient = TicketQueue()
    private var priorities: [Int: QueryPriority] = [:]
    private(set) var urgentCount = 0

    var count: Int { priorities.count }
    var isEmpty: Bool { priorities.isEmpty }
    var patientCount: Int { priorities.count - urgentCount }

    mutating func append(_ ticket: Int, _ priority: QueryPriority) {
        remove(ticket)
        priorities[ticket] = priority
        if priority == .interactive { urgentCount += 1 }
        switch priority {
        case .interactive: urgent.append(ticket)
        case .background: patient.append(ticket)
        }
    }

    mutating func remove(_ ticket: Int) {
        if priorities.removeValue(forKey: ticket) == .interactive { urgentCount -= 1 }
    }

    mutating func promote(_ ticket: Int) {
        guard priorities[ticket] == .background else { return }
        append(ticket, .interactive)
    }

    var firstUrgent: Int? {
        mutating get { urgent.first { priorities[$0] == .interactive } }
    }

    var firstPatient: Int? {
        mutating get { patient.first { priorities[$0] == .background } }
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
