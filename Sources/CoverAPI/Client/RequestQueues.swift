import DequeModule

/// Two queues of requests, one urgent and one patient. Each is first in, first out. When a request is removed, only its
/// priority is removed, and its entry stays.
struct RequestQueues: Sendable {
    // An entry without a matching priority is skipped when it reaches the front.
    private var urgent: Deque<Int> = []
    private var patient: Deque<Int> = []
    private var priorities: [Int: QueryPriority] = [:]
    private(set) var urgentCount = 0

    var count: Int { priorities.count }
    var isEmpty: Bool { priorities.isEmpty }
    var patientCount: Int { priorities.count - urgentCount }

    mutating func append(_ requestNumber: Int, _ priority: QueryPriority) {
        remove(requestNumber)
        priorities[requestNumber] = priority
        if priority == .interactive { urgentCount += 1 }
        switch priority {
        case .interactive: urgent.append(requestNumber)
        case .background: patient.append(requestNumber)
        }
    }

    mutating func remove(_ requestNumber: Int) {
        if priorities.removeValue(forKey: requestNumber) == .interactive { urgentCount -= 1 }
    }

    mutating func promote(_ requestNumber: Int) {
        guard priorities[requestNumber] == .background else { return }
        append(requestNumber, .interactive)
    }

    var firstUrgent: Int? {
        mutating get { Self.first(of: &urgent) { priorities[$0] == .interactive } }
    }

    var firstPatient: Int? {
        mutating get { Self.first(of: &patient) { priorities[$0] == .background } }
    }

    private static func first(of queue: inout Deque<Int>, where isValid: (Int) -> Bool) -> Int? {
        while let requestNumber = queue.first, !isValid(requestNumber) { queue.removeFirst() }
        return queue.first
    }
}
