// Counts the memory blocks of jansson's trees exactly. When all trees are freed, the count is zero. The arenas of
// CJansson also take their chunks from the functions that this file sets.

import CJansson
import Synchronization

/// `taken` counts the blocks that were allocated. `given` counts the blocks that were freed.
private let taken = Atomic(0)
private let given = Atomic(0)

enum JanssonBlocks {
    /// The number of blocks that were allocated and not freed.
    static var held: Int { made - given.load(ordering: .relaxed) }

    static var made: Int { taken.load(ordering: .relaxed) }

    /// Starts the count. Call this function before the first tree is made.
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
