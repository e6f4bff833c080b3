"""Eight seconds of `make fleet-chaos`."""

import random
from pathlib import Path

from fleet_chaos import Chaos, report


def test_what_a_fleet_promises_holds_when_its_bridges_are_killed_and_stopped(
    tmp_path: Path,
) -> None:
    chaos = Chaos(seconds=8, seed=random.randrange(1 << 32))
    promises = chaos.run(tmp_path)
    broken = report(promises, chaos)
    assert not broken, "\n".join(broken[:20])
    assert len(promises.lives) > 6 and promises.api.count() > 100
