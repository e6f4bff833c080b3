// Counts exactly the memory of jansson's trees: after all trees are freed, it is zero. The arenas of CJansson take
// their chunks from the functions that are set here.

import CJansson
import Synchronization

/// Blocks that were taken, and blocks that were given back.
private let taken = Atomic(0)
private let given = Atomic(0)

enum JanssonBlocks {
    /// How many blocks were taken and not given back.
    static var held: Int { made - given.load(ordering: .relaxed) }

    static var made: Int { taken.load(ordering: .relaxed) }

    /// Call this before the first tree is made.
    static func startCounting() {
        json_set_alloc_funcs(
            { size in
                taken.add(1, ordering: .relaxed)
                return malloc(size)
            },
            { block in
                if block != nil { given.add(1, ordering: .relaxed) }
                free(block)
            }
        )
    }
}
