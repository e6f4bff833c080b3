"""Watch Suno cover tasks on Kie.ai, through ``cover-bridge``."""

from ._async import AsyncCoverBridge as AsyncCoverBridge
from ._async_stream import AsyncChangeStream as AsyncChangeStream

# All public names of the module.
from ._errors import *  # noqa: F403
from ._follow import Outcome as Outcome
from ._follow import Outcomes as Outcomes
from ._stream import ChangeStream as ChangeStream
from ._sync import CoverBridge as CoverBridge
from ._types import *  # noqa: F403
from ._version import __version__ as __version__
