"""The bridge killed twenty times; `make chaos` kills it two hundred times."""

import os
import random

from chaos import chaos


def test_nothing_is_lost_when_the_bridge_is_killed() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    ledger = chaos(os.environ["COVER_BRIDGE"], kills=20, seed=seed)
    assert ledger.told > 0 and ledger.replayed > 0
