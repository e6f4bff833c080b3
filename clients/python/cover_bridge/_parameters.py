"""What the parameters of the clients and of their methods may be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from ._errors import InvalidParams


def is_finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and type(value) is not bool and abs(value) <= 1e308


def is_positive(value: Any) -> bool:
    return is_finite(value) and value > 0


def is_text(value: object) -> bool:
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)


# A test for each parameter, and what the parameter must be. The key is the name of the parameter,
# or its annotation. The bridge checks all others, and the bounds.
RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "rate": (is_positive, "a finite number above 0"),
    "fleet_size": (is_positive, "a finite number above 0"),
    "max_age": (is_finite, "a finite number of seconds"),
    "timeout": (lambda it: it == math.inf or is_positive(it), "a number of seconds above 0"),
    "bool": (lambda it: isinstance(it, bool), "True or False"),
    "int": (is_finite, "a finite number"),
    "float": (is_positive, "a finite number of seconds above 0"),
    "str": (is_text, "a str without surrogates"),
    "Callable": (callable, "a function"),
    "Mapping": (lambda it: isinstance(it, Mapping), "a mapping"),
}


def check(annotations: Mapping[str, str], given: Mapping[str, Any]) -> None:
    """Raises ``InvalidParams`` for a value that breaks the rule of its parameter.

    ``None`` stands for the default. The message shows no text, because a text may be a key.
    """
    for name, value in given.items():
        annotation = annotations.get(name, "").removesuffix(" | None").partition("[")[0]
        is_right, what = RULES.get(name) or RULES.get(annotation) or (bool, "")
        if what and value is not None and not is_right(value):
            it = f"{value:g}" if is_finite(value) else f"a {type(value).__name__}"
            raise invalid_parameter(name, f"must be {what}; it is {it}")


def invalid_parameter(name: str, reason: str) -> InvalidParams:
    data = {"kind": InvalidParams.kind, "retryable": False, "parameter": name}
    return InvalidParams(f'the parameter "{name}" {reason}', data=data)
