// Counts what jansson holds, exactly: where all trees are gone, that is nothing.

import CJansson
import Synchronization

/// Blocks that jansson took, and blocks that it gave back.
private let taken = Atomic(0)
private let given = Atomic(0)

enum JanssonBlocks {
    /// How many blocks jansson was given and has not given back.
    static var held: Int { made - given.load(ordering: .relaxed) }

    static var made: Int { taken.load(ordering: .relaxed) }

    /// To be called before the first tree is made.
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
