"""The OpenRPC document must be valid and complete, and the same in all its places."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

HERE = Path(__file__).parent
COMMITTED = HERE.parent.parent / "clients" / "openrpc.json"
META = json.loads((HERE / "meta-schema.json").read_text())

Json = dict[str, Any]


def bridge(*arguments: str, stdin: str = "") -> str:
    command = [os.environ["COVER_BRIDGE"], *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=True, timeout=60
    ).stdout


@pytest.fixture(scope="module")
def document() -> Json:
    found: Json = json.loads(bridge("openrpc"))
    return found


def test_the_document_is_an_openrpc_document(document: Json) -> None:
    jsonschema.Draft7Validator(META).validate(document)


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.pop("info"),
        lambda d: d.update(openrpc="2.0"),
        lambda d: d["methods"][0].pop("params"),
        lambda d: d["methods"][4]["params"][0].pop("schema"),
        lambda d: d["methods"][4]["params"][0].update(type="string"),
        lambda d: d["methods"][0].update(result={"schema": {}}),
        lambda d: d["methods"][0].update(paramStructure="any"),
        lambda d: d["components"]["schemas"].update(State={"type": "strnig"}),
    ],
)
def test_a_damaged_document_is_refused(document: Json, damage: Any) -> None:
    broken = copy.deepcopy(document)
    damage(broken)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(META).validate(broken)


def test_the_printed_document_is_the_committed_one(document: Json) -> None:
    committed = json.loads(COMMITTED.read_text())
    assert committed == document, "stale: run `cover-bridge openrpc | jq . > clients/openrpc.json`"


def test_discover_returns_the_document(document: Json) -> None:
    answer = json.loads(bridge(stdin='{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\n'))
    assert answer["result"] == document


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "$ref":
                yield member
            yield from references(member)
    elif isinstance(value, list):
        for element in value:
            yield from references(element)


def test_every_reference_resolves(document: Json) -> None:
    found = set(references(document))
    assert found
    for reference in found:
        kind, name = reference.removeprefix("#/components/").split("/")
        assert name in document["components"][kind], reference


def test_notifications_are_tagged_with_their_direction(document: Json) -> None:
    for method in document["methods"]:
        tags = [tag["name"] for tag in method.get("tags", [])]
        assert tags == [] if "result" in method else tags in (["toBridge"], ["fromBridge"])


def test_every_method_is_answered(document: Json) -> None:
    """The bridge must know each method of the document, and must accept its parameters by
    position."""
    for method in document["methods"]:
        if "result" not in method or method["name"] == "shutdown":
            continue
        # The error names the first parameter, whose type is wrong. A method without parameters
        # ignores it.
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method["name"], "params": [True]})
        answer = json.loads(bridge("serve", "--sandbox", stdin=line + "\n").splitlines()[0])
        if method["params"]:
            assert answer["error"]["code"] == -32602, answer
            assert answer["error"]["data"]["parameter"] == method["params"][0]["name"]
        else:
            assert "result" in answer, answer


def test_results_have_their_documented_shapes(document: Json) -> None:
    lines = [
        ("initialize", {"clientInfo": {"name": "test"}}),
        ("cover/status", {"taskId": "success-0s", "includeRecord": True}),
        ("cover/status", {"taskId": "fail-0s"}),
        ("cover/wait", {"taskId": "success-0.2s"}),
        ("cover/watch", {"taskIds": ["success-0s", "missing"], "interval": 0.1, "timeout": 0.5}),
        ("cover/watches", {}),
        ("cover/sync", {}),
        ("cover/changes", {}),
        ("cover/unwatch", {"taskIds": ["missing"]}),
        ("cover/generate", {"taskId": "music", "callbackUrl": "https://example.com/"}),
        ("account/credits", {}),
        ("bridge/stats", {}),
    ]
    methods = {method["name"]: method for method in document["methods"]}
    requests = [
        json.dumps({"jsonrpc": "2.0", "id": number, "method": name, "params": params})
        for number, (name, params) in enumerate(lines)
    ]
    output = bridge("serve", "--sandbox", "--rate", "1000", stdin="\n".join(requests) + "\n")
    answered = 0
    for message in map(json.loads, output.splitlines()):
        if "method" in message:
            names = {parameter["name"] for parameter in methods[message["method"]]["params"]}
            assert set(message["params"]) == names, message
            continue
        answered += 1
        schema = methods[lines[message["id"]][0]]["result"]["schema"]
        root = {**schema, "components": document["components"]}
        jsonschema.Draft7Validator(root).validate(message["result"])
    assert answered == len(lines)
