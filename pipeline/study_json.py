"""A study as bytes and back: what is remembered of a host between two runs of the program."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipeline.learning import Study
from pipeline.lesson import Lesson, PathCount, Place, Sighting
from pipeline.repeats import Seen
from pipeline.site_profile import Pins, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def to_bytes(study: Study) -> bytes:
    """The study as JSON, compressed: its lessons repeat one another, so that little is left of them."""
    held = asdict(study)
    held["articles"] = [
        [one.url, one.title, list(one.forms), sorted(one.sentences), sorted(one.figures.items())]
        for one in study.articles
    ]
    held["sentences"] = sorted(study.sentences)
    held["examples"] = sorted(study.examples.items())
    return zlib.compress(json.dumps(held, ensure_ascii=False).encode("utf-8", "replace"))


def from_bytes(held: bytes) -> Study:
    """The study that bytes hold.

    Raises:
        KeyError, TypeError, ValueError: they hold none.
    """
    try:
        found: dict[str, Any] = json.loads(zlib.decompress(held))
    except zlib.error as error:
        raise ValueError(f"no study: {error}") from error
    return Study(
        host=found["host"],
        taken=found["taken"],
        lessons=tuple(map(_lesson, found["lessons"])),
        articles=tuple(map(_seen, found["articles"])),
        sentences=frozenset(found["sentences"]),
        examples=dict(found["examples"]),
        audits=tuple(found["audits"]),
        fits=tuple(found["fits"]),
        pins=Pins(tuple(found["pins"]["roots"]), tuple(found["pins"]["excluded"])),
    )


def _seen(held: Sequence[Any]) -> Seen:
    """A remembered article; those stored before figures of rows were remembered have none."""
    url, title, forms, sentences, *figures = held
    return Seen(url, title, tuple(forms), frozenset(sentences), dict(*figures))


def _lesson(held: Mapping[str, Any]) -> Lesson:
    places = tuple(
        Place(tuple(place["selectors"]), place["path"], place["score"], place["beside"]) for place in held["places"]
    )
    paths = tuple(PathCount(path["path"], path["kept"], path["dropped"]) for path in held["paths"])
    return Lesson(
        held["url"],
        held["title"],
        held["language"],
        held["characters"],
        (),
        places,
        paths,
        held["has_misfitted"],
        held["agreement"],
        tuple(map(_sighting, held.get("sightings", ()))),
    )


def _sighting(held: Mapping[str, Any]) -> Sighting:
    forms = tuple(held.get("forms", ()))
    return Sighting(Shown(held["what"]), tuple(held["selectors"]), held["is_found"], held["is_near"], forms)
