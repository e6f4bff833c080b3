"""The bridge killed twenty times; `make chaos` kills it three hundred times."""

import os
import random

from chaos import Chaos


def test_what_was_promised_holds_when_the_bridge_is_killed() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chaos = Chaos(os.environ["COVER_BRIDGE"], kills=20, seed=seed)
    chaos.run()
    assert chaos.ledger.told > 0 and chaos.ledger.replayed > 0 and chaos.promises.checked > 0
