"""Why an exchange gave no usable response, in one short sentence: the one place where foreign errors are translated."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from twisted.internet import error as net
from twisted.web.client import ResponseFailed

from crawler.durations import format_duration, format_size
from crawler.guard import GuardRefusalError
from crawler.handler import HeadersTooLargeError
from crawler.politeness import HostHeldError
from crawler.proxy import ProxyError
from pipeline.visits import Failure
from storage.records import Outcome

if TYPE_CHECKING:
    from crawler.config import CrawlerSettings

_log = logging.getLogger(__name__)


_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (CannotResolveHostError, "host not found: {name}"),
    (DownloadConnectionRefusedError, "connection refused by {host}"),
    (ResponseDataLossError, "the connection broke before the whole body came"),
)


class GivenUpError(IgnoreRequest):
    """A request is not made, or not made again, for a reason that is known already."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.reason)


def refused(reason: str) -> GivenUpError:
    """The error that makes a visit ``refused`` for the reason."""
    return GivenUpError(Failure(Outcome.REFUSED, reason))


def failure_of(error: BaseException, url: str, settings: CrawlerSettings) -> Failure:
    """What a visit to the URL records for the error; the reason names limits and hosts, never internals."""
    if isinstance(error, GivenUpError):
        return error.failure
    if isinstance(error, ValueError):  # raised by whatever tries to take the URL apart; we do not try again
        return Failure(Outcome.FAILED, "the URL cannot be requested")
    if refusal := _refusal(error, url, settings):
        return Failure(Outcome.REFUSED, refusal)
    return Failure(Outcome.FAILED, _limit(error, settings) or _network(error, url) or _unknown(error, url))


def _refusal(error: BaseException, url: str, settings: CrawlerSettings) -> str | None:
    if isinstance(error, GuardRefusalError):
        return f"refused by the guard: {error}"
    if isinstance(error, DownloadCancelledError):
        return f"refused by the guard: larger than {format_size(settings.max_body)}"
    if isinstance(error, HeadersTooLargeError):
        return f"refused by the guard: headers larger than {format_size(settings.max_headers)}"
    if isinstance(error, UnsupportedURLSchemeError | NotSupported):
        return f"refused: {urlsplit(url).scheme}: is neither http nor https"
    return None


def _limit(error: BaseException, settings: CrawlerSettings) -> str | None:
    if isinstance(error, DownloadTimeoutError | net.TimeoutError):
        return f"timed out after {format_duration(settings.timeout)}"
    if isinstance(error, IgnoreRequest) and "redirections" in str(error):
        return f"more than {settings.max_redirects} redirects"
    return str(error) if isinstance(error, HostHeldError | ProxyError) else None


def _network(error: BaseException, url: str) -> str | None:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    sentence = next((text for kind, text in _SENTENCES if isinstance(error, kind)), None)
    if sentence:
        return sentence.format(host=host, name=parts.hostname)
    if isinstance(error, DownloadFailedError):
        return _broken(error, host)
    if isinstance(error, SSL.Error):
        return f"TLS: {_tls_fault(error)}"
    if isinstance(error, net.ConnectError | OSError):
        return f"cannot connect to {host}: {_cause(error)}"
    return None


def _broken(error: BaseException, host: str) -> str:
    """What lies below Twisted's ``ResponseFailed``, which holds a list of failures."""
    cause = error.__cause__
    reasons = [reason.value for reason in cause.reasons] if isinstance(cause, ResponseFailed) else []
    for reason in reasons:
        if isinstance(reason, SSL.Error):
            return f"TLS: {_tls_fault(reason)}"
        if isinstance(reason, net.ConnectionLost | net.ConnectionDone):
            return f"{host} closed the connection without an answer"
    return f"{host} gave an answer that is not HTTP"


def _tls_fault(error: SSL.Error) -> str:
    """OpenSSL's own words: its errors hold a list of (library, function, reason)."""
    try:
        return str(error.args[0][-1][-1]) or "handshake failed"
    except (IndexError, TypeError):
        return "handshake failed"


def _cause(error: BaseException) -> str:
    code = getattr(error, "osError", None) or getattr(error, "errno", None)
    text = getattr(error, "strerror", None) or str(error)
    return text.strip(" .") or (f"error {code}" if code else type(error).__name__)


def _unknown(error: BaseException, url: str) -> str:
    _log.error("unforeseen download error", exc_info=error, extra={"url": url})
    return f"{type(error).__name__}: {error}".strip(": ")
