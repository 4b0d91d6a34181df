"""What opens a source's pages to its subscriber: cookies from a file, and header fields of warraq.toml.

They go to the source's own site and nowhere else, whatever a redirect or a page says, and are kept nowhere:
``crawler.capture`` leaves them out of every record. The file is read again for each crawl and never written.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from http.cookiejar import Cookie, CookieJar
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import Request as PlainRequest

from crawler.config import SourceSettings
from crawler.run import run_of
from pipeline.urls import same_site
from storage.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scrapy import Request
    from scrapy.crawler import Crawler

    from storage.records import SourceRecord

_LARGEST_FILE_BYTES = 1_000_000
_REMEDY = "export it in the Netscape format (cookies.txt), as browsers' extensions, curl and yt-dlp write it"


@dataclass(frozen=True, slots=True)
class Access:
    """A subscriber's secrets for one source. ``repr`` tells none of them."""

    home_url: str
    headers: Mapping[str, str]
    jar: CookieJar | None

    def __repr__(self) -> str:
        return f"Access({self.home_url!r})"

    @property
    def secret_names(self) -> frozenset[str]:
        """The header fields that hold secrets, in small letters; cookies among them."""
        return frozenset(name.lower() for name in self.headers) | {"cookie"}

    def fields_for(self, url: str) -> dict[str, str]:
        """The header fields to be sent to that URL; none outside the source's own site.

        ``headers`` go to the source's own host (with and without ``www.``), and never over a plainer connection than
        its home page has. Cookies go where their domain, path and ``secure`` flag say, on the source's site only.
        """
        is_own_host = _is_own_host(self.home_url, url)
        fields = dict(self.headers) if is_own_host else {}
        if self.jar is not None and (is_own_host or same_site(self.home_url, url)):
            probe = PlainRequest(url)  # noqa: S310 - never opened: only the jar looks at it
            self.jar.add_cookie_header(probe)
            if cookie := probe.get_header("Cookie"):
                fields["Cookie"] = cookie
        return fields


def load_access(source: SourceSettings | SourceRecord) -> Access | None:
    """What the source's settings give a subscriber; None where that is nothing. Reads the cookie file.

    Raises:
        ConfigError: The cookie file cannot be read, or holds nothing for this source.
    """
    if not isinstance(source, SourceSettings) or not (source.headers or source.cookies_file):
        return None
    jar = _read(source.cookies_file) if source.cookies_file else None
    if jar is not None and source.cookies_file:
        _check_use(jar, source, source.cookies_file)
    return Access(source.url, dict(source.headers), jar)


class AccessMiddleware:
    """Puts the subscriber's header fields on requests to the source's site, and takes them off all others (order 890).

    It stands between redirect and the network, so that it sees every hop.
    """

    def __init__(self, access: Access | None) -> None:
        self._access = access

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AccessMiddleware:
        """Called by Scrapy."""
        return cls(run_of(crawler).access)

    def process_request(self, request: Request) -> None:
        """Called by Scrapy before every exchange."""
        if self._access is None:
            return
        request.headers.pop("Cookie", None)
        for name, value in self._access.headers.items():
            if request.headers.get(name) == value.encode():  # a redirect carries over what the first request had
                del request.headers[name]
        for name, value in self._access.fields_for(request.url).items():
            request.headers[name] = value


def _is_own_host(home_url: str, url: str) -> bool:
    home, other = urlsplit(home_url), urlsplit(url)
    is_plainer = home.scheme == "https" and other.scheme != "https"
    hosts = [(parts.hostname or "").removeprefix("www.") for parts in (home, other)]
    is_same_port = home.port == other.port or home.scheme != other.scheme
    return hosts[0] == hosts[1] and is_same_port and not is_plainer


def _read(file: Path) -> CookieJar:
    """The cookies of a file in the Netscape format, as curl describes it (curl.se/docs/http-cookies.html).

    The standard library's own reader warns with the line it stumbles on, which may hold a secret.
    """
    try:
        if file.stat().st_size > _LARGEST_FILE_BYTES:
            raise ConfigError(f"{file} is too large for a cookie file", remedy=_REMEDY, subject=str(file))
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not a cookie file", remedy=_REMEDY, subject=str(file)) from None
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read: {error.strerror or error}",
            remedy="correct cookies_file, or the file's permissions",
            subject=str(file),
        ) from error
    jar = CookieJar()
    for number, line in enumerate(lines, 1):
        content = line.removeprefix("#HttpOnly_")
        if not content.strip() or content.startswith("#"):
            continue
        try:
            jar.set_cookie(_cookie(content))
        except ValueError:
            raise ConfigError(
                f"{file} is not a cookie file: line {number}", remedy=_REMEDY, subject=str(file)
            ) from None
    return jar


def _cookie(line: str) -> Cookie:
    """One line: domain, whether subdomains too, path, whether TLS only, when it expires (0: never), name, value."""
    domain, subdomains, path, secure, expires, name, value = line.split("\t")
    return Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain=domain,
        domain_specified=subdomains == "TRUE",
        domain_initial_dot=domain.startswith("."),
        path=path,
        path_specified=True,
        secure=secure == "TRUE",
        expires=int(float(expires)) or None,
        discard=False,
        comment=None,
        comment_url=None,
        rest={},
    )


def _check_use(jar: CookieJar, source: SourceSettings, file: Path) -> None:
    cookies: list[Any] = list(jar)
    host = (urlsplit(source.url).hostname or "").removeprefix("www.")
    own = [cookie for cookie in cookies if _is_for(cookie.domain.lstrip("."), host)]
    if not own:
        raise ConfigError(f"{file} holds no cookie for {host}", remedy=_REMEDY)
    if all(cookie.is_expired(time.time()) for cookie in own):
        raise ConfigError(
            f"the cookies of {file} for {host} have all expired",
            remedy="sign in with a browser and export them again",
            subject=str(file),
        )


def _is_for(domain: str, host: str) -> bool:
    """Whether one of the two lies in the other: a cookie of a subdomain may be meant for the source too."""
    return f".{domain}".endswith(f".{host}") or f".{host}".endswith(f".{domain}")
