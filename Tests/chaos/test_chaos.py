"""Kills the bridge twenty times; `make chaos` kills it three hundred times."""

import os
import random

from chaos import Chaos


def test_the_bridge_keeps_its_promises_when_it_is_killed() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chaos = Chaos(os.environ["COVER_BRIDGE"], kills=20, seed=seed)
    chaos.run()
    assert chaos.ledger.sent > 0 and chaos.ledger.replayed > 0 and chaos.promises.checked > 0
