"""What happened on the way to one URL: every exchange, redirect hops and retried answers included."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from storage.records import Role

if TYPE_CHECKING:
    from scrapy import Request

    from storage.records import Capture, Headers

_TRAIL = "warraq_trail"
_WIRE = "warraq_wire"


@dataclass(slots=True)
class Trail:
    """The exchanges of one errand, in order. Scrapy's retries and redirects carry it on with the request."""

    role: Role
    requested_url: str
    visit_id: str | None = None
    captures: list[Capture] = field(default_factory=list)
    belongs_to: str | None = None

    def go_on(self) -> None:
        """Told before each further exchange: what came before it was but a step on the way."""
        if self.captures:
            self.captures[-1] = replace(self.captures[-1], role=Role.HOP)


@dataclass(frozen=True, slots=True)
class Wire:
    """What Scrapy's response does not keep of an exchange, as Twisted gave it."""

    reason: str
    request_headers: Headers
    response_headers: Headers


def start_trail(request: Request, trail: Trail) -> Request:
    """The request, with the trail attached."""
    request.meta[_TRAIL] = trail
    return request


def trail_of(request: Request) -> Trail:
    """The trail that the request is on.

    Raises:
        KeyError: It was made without one, so that its captures would be lost.
    """
    trail: Trail = request.meta[_TRAIL]
    return trail


def note_wire(request: Request, wire: Wire) -> None:
    """Keeps what was seen of the request's exchange until its capture is made."""
    request.meta[_WIRE] = wire


def has_wire(request: Request) -> bool:
    """Whether an answer to the request has begun."""
    return _WIRE in request.meta


def take_wire(request: Request) -> Wire:
    """What was seen of the request's last exchange; forgotten here, so that it cannot be taken for the next one's.

    Raises:
        KeyError: The response came from elsewhere than the network.
    """
    wire: Wire = request.meta.pop(_WIRE)
    return wire
