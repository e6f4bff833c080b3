"""The types of the OpenRPC document, in a form that is independent of JSON Schema and languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

# The order of this table is the order of the generated shapes. It also has facts that the document
# does not contain.
SHAPES = {
    "Failure": "",
    "Warning": "",
    "CoverStatus": "",
    "StatusChange": "",
    "WatchEnded": "",
    "Watch": "",
    "Changes": "A page of the journal. If `more` is true, the next page follows its last sequence.",
    "DownloadedFile": "An image on disk. `bytes` is its size.",
    "Generation": "The cover task of a music task.",
    "Callback": "The result of a callback.",
    "Health": "",
    "ServerInfo": "The bridge's name and version.",
    "Journal": "The store of watches and changes.",
    "Initialization": "The bridge's answer to `initialize`.",
    "FleetStats": "",
    "Stats": "The bridge's counters.",
}
# The document describes these results only inside the method that returns them.
RESULTS = {"Changes": "cover/changes", "Initialization": "initialize"}
# The events that an iterator over a watch returns.
EVENTS = ("StatusChange", "WatchEnded")


@dataclass(frozen=True)
class Type:
    """A parsed schema: the names of its types, whether it is a list, and whether it is nullable."""

    # Each name is that of a JSON Schema type, a time, an error, a shape or an enumeration.
    names: tuple[str, ...]
    is_list: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Member:
    name: str
    type: Type
    required: bool
    description: str

    @property
    def optional(self) -> bool:
        return self.type.nullable or not self.required


@dataclass(frozen=True)
class Shape:
    name: str
    description: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Model:
    enumerations: dict[str, tuple[str, tuple[str, ...]]]
    shapes: tuple[Shape, ...]
    error_kinds: tuple[str, ...]


def read_document(document: Schema) -> Model:
    """The model of a whole document."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    methods = {method["name"]: method for method in document["methods"]}
    enumerations = {
        name: (schema.get("description", ""), tuple(schema["enum"]))
        for name, schema in schemas.items()
        if "enum" in schema
    }
    shapes: list[Shape] = []
    for name, description in SHAPES.items():
        schema = methods[RESULTS[name]]["result"]["schema"] if name in RESULTS else schemas[name]
        members: list[Member] = []
        for key, value in schema["properties"].items():
            if "enum" in value:
                inline = name + key[0].upper() + key[1:]
                enumerations[inline] = ("", tuple(value["enum"]))
                type = Type((inline,))
            else:
                type = read_type(value)
            required = key in schema.get("required", ())
            members.append(Member(key, type, required, value.get("description", "")))
        text = schema.get("description") or description
        shapes.append(Shape(name, text, tuple(members)))
    return Model(enumerations, tuple(shapes), tuple(document["components"]["errors"]))


def read_type(schema: Schema) -> Type:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Type(("string",) if name == "TaskId" else (name,))
    if "anyOf" in schema:
        choices = [read_type(choice) for choice in schema["anyOf"] if choice != {"type": "null"}]
        names = tuple(name for choice in choices for name in choice.names)
        return Type(names, nullable={"type": "null"} in schema["anyOf"])
    if schema["type"] == "array":
        return Type(read_type(schema["items"]).names, is_list=True)
    return Type((schema["type"],))
