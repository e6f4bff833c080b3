import DequeModule

/// Two queues of tickets, the urgent and the patient; first come, first served in each. Removing costs nothing but a mark.
struct TicketQueues: Sendable {
    // What is no longer valid is forgotten when it comes to the front.
    private var urgent: Deque<Int> = []
    private var patient: Deque<Int> = []
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
        mutating get { Self.first(of: &urgent) { priorities[$0] == .interactive } }
    }

    var firstPatient: Int? {
        mutating get { Self.first(of: &patient) { priorities[$0] == .background } }
    }

    private static func first(of queue: inout Deque<Int>, where isValid: (Int) -> Bool) -> Int? {
        while let ticket = queue.first, !isValid(ticket) { queue.removeFirst() }
        return queue.first
    }
}
