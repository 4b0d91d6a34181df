"""From faults in the configuration to lines for a person: file, key, what is wrong, the nearest right name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_KINDS = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list, in brackets",
    "list_type": "must be a list, in brackets",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "dict_type": "must be a table",
    "path_type": "must be a path in quotes",
    "missing": "is missing",
}


def nearest(name: str, known: Mapping[str, str] | Iterable[str]) -> str:
    """`` (did you mean "…"?)`` for the known name that is nearest, or nothing where none is near.

    In a mapping the keys are other ways of writing the names.
    """
    names = known if isinstance(known, Mapping) else {word: word for word in known}
    folded = {word.lower(): meant for word, meant in names.items()}
    found = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return f' (did you mean "{folded[found[0]]}"?)' if found else ""


def model_problems(error: ValidationError, model: type[BaseModel]) -> Iterator[str]:
    """One line for each fault that pydantic found, headed by the key's place, such as ``sources[2].timezone``."""
    for detail in error.errors():
        yield f"{_place(detail['loc'])}: {_message(detail, model)}"


def _place(location: tuple[int | str, ...]) -> str:
    """The key's place as a person counts: the first source is ``sources[1]``."""
    place = ""
    for part in location:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if place else part
    return place


def _message(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        return f"unknown key{nearest(name, _known_names(model, detail['loc'][:-1]))}"
    if kind in _KINDS:
        given = detail["input"]
        shown = "" if kind == "missing" or isinstance(given, dict | list) else f", not {_shown(given)}"
        return _KINDS[kind] + shown
    return detail["msg"].removeprefix("Value error, ")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _known_names(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that the table at that place may hold."""
    for part in location:
        if isinstance(part, str):
            model = _model_of(model.model_fields[part].annotation)
    return tuple(name for name, field in model.model_fields.items() if field.exclude is not True)


def _model_of(annotation: Any) -> type[BaseModel]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(_model_of(argument) for argument in get_args(annotation) if argument is not Ellipsis)


def table_problems(table: dict[str, Any]) -> Iterator[str]:
    """Faults between keys, which no single field shows: doubled source keys, and timetables doubled or missing."""
    sources = table.get("sources")
    seen: dict[str, int] = {}
    for number, source in enumerate(sources if isinstance(sources, list) else [], start=1):
        if not isinstance(source, dict):
            continue
        yield from _timetable_problems(source, number)
        key = source.get("key")
        if isinstance(key, str) and seen.setdefault(key, number) != number:
            yield f'sources[{number}].key: "{key}" is the key of sources[{seen[key]}] already'


def _timetable_problems(source: dict[str, Any], number: int) -> Iterator[str]:
    if "every" in source and "cron" in source:
        yield f"sources[{number}]: has both every and cron: keep one of them"
    # A misspelt every is told as an unknown key; that it is missing as well would be the same news twice.
    if not {"every", "cron"} & source.keys() and not any(nearest(str(key), ("every", "cron")) for key in source):
        yield f'sources[{number}]: has no timetable: add every = "15m" or a cron line'
