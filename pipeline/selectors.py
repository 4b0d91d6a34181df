"""Names for places in a page's markup that hold from one page of a site to the next.

Selectors are CSS, so that a person can read and write them; they are compiled to XPath once. A name that holds a digit
("post-4711") belongs to one page and names nothing here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from cssselect import HTMLTranslator, SelectorError, parse
from lxml import etree
from lxml.html import HtmlElement

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"[^\W\d](?:[^\W\d]|-)*")
_TAG = re.compile(r"[a-z][a-z0-9-]*")
_LONGEST_NAME = 60
_MOST_CLASSES = 6
_SIGNED_CLASSES = 3
_KEPT = 8192
_WHOLE = frozenset({"article", "main"})
_MARKING = ("itemprop", "role", "property")
_MARKED = frozenset({"articlebody", "main", "article", "text", "content:encoded", "schema:articlebody"})
BOXES = (
    "article",
    "main",
    "div",
    "section",
    "td",
    "body",
    "table",
    "tr",
    "center",
    "form",
    "span",
    "font",
    "blockquote",
)
"""Elements that hold an article's body on some site: current ones, and those of table layouts."""


@lru_cache(maxsize=_KEPT)
def lasting_names(names: str) -> tuple[str, ...]:
    """The class or id names of an attribute that do not belong to one page, in their order."""
    found = [name for name in names.split() if len(name) <= _LONGEST_NAME and _NAME.fullmatch(name)]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=_KEPT)
def _signature(tag: str, classes: str, identity: str) -> str:
    names = lasting_names(classes)[:_SIGNED_CLASSES]
    ids = lasting_names(identity)[:1]
    return tag + "".join(f"#{name}" for name in ids) + "".join(f".{name}" for name in sorted(names))


def signature(element: HtmlElement) -> str:
    """What an element is called, as one link of a path: tag, id and classes."""
    return _signature(str(element.tag), element.get("class") or "", element.get("id") or "")


def own_selectors(element: HtmlElement) -> Iterator[str]:
    """What an element can be found by through itself alone, the most telling first."""
    tag = str(element.tag)
    if not _TAG.fullmatch(tag):
        return
    for name in lasting_names(element.get("id") or "")[:1]:
        yield f"{tag}#{name}"
    for attribute in _MARKING:
        value = element.get(attribute)
        if value and value.lower() in _MARKED:
            yield f'{tag}[{attribute}="{value}"]'
    names = lasting_names(element.get("class") or "")[:_MOST_CLASSES]
    if len(names) > 1:
        yield tag + "".join(f".{name}" for name in names)
    for name in names:
        yield f"{tag}.{name}"
    if tag in _WHOLE:
        yield tag


def path_selector(element: HtmlElement) -> str | None:
    """Where an element stands: its place among its siblings, step by step from the nearest one with a lasting id."""
    steps: list[str] = []
    step: HtmlElement | None = element
    while step is not None and step.tag != "html":
        names = lasting_names(step.get("id") or "") if step is not element else ()
        if names:
            return f"{step.tag!s}#{names[0]} > " + " > ".join(reversed(steps))
        if step.tag == "body":
            return " > ".join(["body", *reversed(steps)]) if steps else "body"
        if not _TAG.fullmatch(str(step.tag)):
            return None  # "tm:contentobject", as some editors' own markup is called, is no name in CSS
        before = sum(1 for _ in step.itersiblings(str(step.tag), preceding=True))
        steps.append(f"{step.tag!s}:nth-of-type({before + 1})")
        step = step.getparent()
    return None


class BadSelectorError(ValueError):
    """A selector that is no CSS, or that no page can be searched with."""


@lru_cache(maxsize=_KEPT)
def compiled(selector: str) -> etree.XPath:
    """The search for the elements that a selector names, in document order.

    Raises:
        BadSelectorError: it cannot be read; the text says why.
    """
    try:
        steps = [HTMLTranslator().selector_to_xpath(found) for found in parse(selector)]
        return etree.XPath(" | ".join(steps), smart_strings=False)
    except (SelectorError, etree.XPathError) as error:
        raise BadSelectorError(f"{selector!r} is no CSS selector: {error}") from error


def find_all(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a selector names, in document order."""
    found = compiled(selector)(tree)
    return [element for element in found if isinstance(element, HtmlElement)] if isinstance(found, list) else []


def find_first(tree: HtmlElement, selector: str) -> HtmlElement | None:
    """The first element that a selector names."""
    return next(iter(find_all(tree, selector)), None)


class Directory:
    """The first element of a tree that each selector names, and how many it names."""

    def __init__(self, tree: HtmlElement) -> None:
        self._first: dict[str, HtmlElement] = {}
        for element in tree.iter(*BOXES):
            for selector in own_selectors(element):
                self._first.setdefault(selector, element)

    def leading_to(self, element: HtmlElement) -> list[str]:
        """The selectors by which an element is the first to be found."""
        found = [selector for selector in own_selectors(element) if self._first.get(selector, element) is element]
        above = element.getparent()
        is_child = above is not None and above.tag not in {"html", "body"} and _TAG.fullmatch(str(element.tag))
        if above is not None and is_child and _is_first_child(element):
            found += [
                f"{outer} > {element.tag!s}" for outer in own_selectors(above) if self._first.get(outer, above) is above
            ][:2]
        path = path_selector(element)
        return [*found, path] if path else found


def _is_first_child(element: HtmlElement) -> bool:
    return next(element.itersiblings(str(element.tag), preceding=True), None) is None
