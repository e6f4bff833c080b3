import CoverModel
import Testing

@testable import CoverWatch

/// Makes the same changes to an index and to a dictionary, which must agree.
@Suite struct TaskIndexTests {
    @Test(arguments: [20, 500, 5000]) func findsWhatADictionaryFinds(ids: Int) {
        var random = SplitMix64(seed: UInt64(ids))
        var (tasks, index) = (Slab<WatchedTask>(), TaskIndex())
        var model: [TaskID: Int] = [:]
        for _ in 0..<20_000 {
            let taskId = TaskID("task-\(Int.random(in: 0..<ids, using: &random))")
            if let key = model[taskId] {
                index.remove(taskId, in: tasks)
                tasks.remove(key)
                model[taskId] = nil
            } else {
                let key = tasks.insert(WatchedTask(taskId))
                index.insert(key, of: taskId, in: tasks)
                model[taskId] = key
            }
            let other = TaskID("task-\(Int.random(in: 0..<ids, using: &random))")
            #expect(index.key(of: other, in: tasks) == model[other])
        }
        for number in 0..<ids {
            let taskId = TaskID("task-\(number)")
            #expect(index.key(of: taskId, in: tasks) == model[taskId])
        }
    }
}

extension WatchedTask {
    fileprivate init(_ taskId: TaskID) {
        self.init(
            taskId: taskId,
            serial: 0,
            waitInterval: .zero,
            startedAt: Timestamp(milliseconds: 0),
            graceEnd: .zero
        )
    }
}
