import Jansson

/// The number of queries for records. Tests of a client's rate use it.
struct SandboxStats: Hashable, JSONEncodable {
    private(set) var requests = 0
    /// The largest number of requests in one second. Seconds are counted from the start of the sandbox's clock.
    private(set) var peakPerSecond = 0
    var byTask: [ExactID: Int] = [:]

    private var second: Int64 = 0
    private var requestsInSecond = 0

    mutating func count(at now: Duration) {
        if now.components.seconds != second { (second, requestsInSecond) = (now.components.seconds, 0) }
        requests += 1
        requestsInSecond += 1
        peakPerSecond = max(peakPerSecond, requestsInSecond)
    }

    func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("requests", requests)
            writer.member("byTask") { writer in
                writer.object {
                    for (taskID, count) in byTask.sorted(by: { $0.key < $1.key }) { $0.member(taskID.text, count) }
                }
            }
            writer.member("peakPerSecond", peakPerSecond)
        }
    }
}
