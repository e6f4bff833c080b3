import CoverModel

/// Finds a task's key by its id. It stores only the keys, and compares ids with those of the tasks: a dictionary, which
/// stores the ids once more, takes six times the memory.
///
/// It is a hash table with linear probing. At most half of its places are in use.
struct TaskIndex: Sendable {
    private static let fewestPlaces = 16

    /// The key at each place, or -1 at a free one. The number of places is a power of two.
    private var places = [Int32](repeating: -1, count: fewestPlaces)
    private var count = 0

    /// The key of a task; nil if the task is not in the index.
    func key(of taskId: TaskID, in tasks: Slab<WatchedTask>) -> Int? {
        let key = places[place(of: taskId, in: tasks)]
        return key < 0 ? nil : Int(key)
    }

    /// Adds the key of a task that is in `tasks` but not in the index.
    mutating func insert(_ key: Int, of taskId: TaskID, in tasks: Slab<WatchedTask>) {
        count += 1
        if count * 2 > places.count {
            let keys = places.filter { $0 >= 0 }
            places = Array(repeating: -1, count: places.count * 2)
            for key in keys { if let taskId = tasks[Int(key)]?.taskId { places[place(of: taskId, in: tasks)] = key } }
        }
        places[place(of: taskId, in: tasks)] = Int32(key)
    }

    /// Removes a task that is still in `tasks`.
    mutating func remove(_ taskId: TaskID, in tasks: Slab<WatchedTask>) {
        var gap = place(of: taskId, in: tasks)
        guard places[gap] >= 0 else { return }
        count -= 1
        places[gap] = -1
        // A key behind the gap moves into it, unless that would put it before the place where its search begins.
        var next = following(gap)
        while places[next] >= 0, let moving = tasks[Int(places[next])]?.taskId {
            let distance = (next - start(of: moving)) & (places.count - 1)
            if distance >= (next - gap) & (places.count - 1) {
                places.swapAt(gap, next)
                gap = next
            }
            next = following(next)
        }
    }

    /// The place of a task, or the free place where it belongs.
    private func place(of taskId: TaskID, in tasks: Slab<WatchedTask>) -> Int {
        var place = start(of: taskId)
        while places[place] >= 0, tasks[Int(places[place])]?.taskId != taskId { place = following(place) }
        return place
    }

    /// Where the search for a task begins.
    private func start(of taskId: TaskID) -> Int { taskId.hashValue & (places.count - 1) }

    private func following(_ place: Int) -> Int { (place + 1) & (places.count - 1) }
}
