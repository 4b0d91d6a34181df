"""The configuration: one TOML file, the environment and the command line, into frozen typed settings.

What the command line says comes before the environment, and the environment before the file. It knows nothing of
Scrapy, nothing of the archive, and reads no other file.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from crawler.config_problems import model_problems, nearest, table_problems
from crawler.config_values import check_hours, check_proxy, parse_headers
from crawler.durations import parse_duration, parse_size
from crawler.ledger_settings import LedgerSettings
from crawler.limits import LimitSettings
from crawler.timetable import Cron, Every, Outside, QuietHours, Timetable, check_cron, parse_hours
from pipeline.page_limits import MAX_DEPTH, MAX_ELEMENTS, MAX_HTML_BYTES
from pipeline.rechecks import PER_HOUR
from storage.errors import ConfigError
from storage.records_assets import Assets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IpNetwork = IPv4Network | IPv6Network

NO_CONTACT = "publishers cannot reach you: set crawler.contact in warraq.toml, or WARRAQ_CONTACT"
_SQLITE_FILE = re.compile(r"(sqlite(?:\+\w+)?:///)(?!/|:memory:)([^?]+)(.*)")
# Keys stand in command lines, file names and logs. A dot and a colon, since ad-hoc sources are named by their host.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")


def _check_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", url):
        raise ValueError(f'"{url}" is not a URL that begins with http:// or https:// and names a host')
    return url


def _check_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f'"{key}" is not a key: use letters, digits, dot, dash and underscore, 100 at most')
    return key


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _check_zone(name: str) -> str:
    if name in _zones():
        return name
    # People know their city, not the region that IANA files it under.
    cities = {zone.rpartition("/")[2]: zone for zone in sorted(_zones())}
    raise ValueError(f'"{name}" is not an IANA time zone{nearest(name, cities | {zone: zone for zone in _zones()})}')


def _check_cron(line: str) -> str:
    check_cron(line)
    return line


def _check_interval(interval: timedelta) -> timedelta:
    Every(interval)
    return interval


def _parse_network(text: object) -> IpNetwork:
    if isinstance(text, IPv4Network | IPv6Network):
        return text
    try:
        return ip_network(text if isinstance(text, str) else "")
    except ValueError:
        raise ValueError(f'{text!r} is not a network: write it as in "10.1.0.0/16" or "fd00::/8"') from None


def _check_code(code: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", code):
        raise ValueError(f'"{code}" is not a code such as "ar" or "SY"')
    return code


def _positive(duration: timedelta) -> timedelta:
    if duration <= timedelta(0):
        raise ValueError("must be more than nothing")
    return duration


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Timeout = Annotated[Duration, AfterValidator(_positive)]
Size = Annotated[int, BeforeValidator(parse_size)]
Url = Annotated[str, AfterValidator(_check_url)]
Code = Annotated[str, AfterValidator(_check_code)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, arbitrary_types_allowed=True)


class ArchiveSettings(_Table):
    """Where the archive is. ``database`` is an SQLAlchemy URL, with the path of an SQLite file made absolute.

    ``warc_store`` is an fsspec URL to which finished WARC files go; empty keeps them in ``warc_dir``.
    """

    database: Annotated[str, Field(min_length=1)] = "sqlite:///warraq.db"
    warc_dir: Path = Path("warc")
    warc_store: str = ""


class CrawlerSettings(_Table):
    """How we appear to publishers, and how much we ask of them and take from them.

    ``timeout`` is for a whole exchange, to the last byte; ``max_body`` is as sent, ``max_page`` as decompressed;
    ``max_elements`` and ``max_depth`` are those of a page's tree.

    ``proxy`` is the URL of an HTTP proxy that every request goes through; the guard's work is then the proxy's.
    """

    contact: str = ""
    user_agent: str = ""
    delay: Duration = timedelta(seconds=1)
    connections_per_host: Annotated[int, Field(ge=1, le=32)] = 2
    timeout: Timeout = timedelta(seconds=30)
    max_body: Size = 20_000_000
    max_headers: Annotated[Size, Field(ge=65_536)] = 256_000  # one read may hold as much, body included
    max_page: Size = MAX_HTML_BYTES
    max_elements: Annotated[int, Field(ge=1)] = MAX_ELEMENTS
    max_depth: Annotated[int, Field(ge=10, le=MAX_DEPTH)] = MAX_DEPTH
    max_redirects: Annotated[int, Field(ge=0, le=20)] = 5
    verify_certificates: bool = False
    proxy: Annotated[str, AfterValidator(check_proxy), Field(repr=False)] = ""

    @property
    def has_contact(self) -> bool:
        """Whether the user agent tells publishers how to reach us; one that is given is taken to."""
        return bool(self.contact) or self.user_agent not in ("", user_agent(""))


class GuardSettings(_Table):
    """Networks whose addresses may be crawled although they are not public."""

    allow_networks: tuple[Annotated[IpNetwork, BeforeValidator(_parse_network)], ...] = ()


class WorkerSettings(_Table):
    """The processes that extract pages; ``memory`` in bytes for each."""

    count: Annotated[int, Field(ge=1, le=256)] = 2
    page_timeout: Timeout = timedelta(seconds=20)
    memory: Size = 1_000_000_000


class AssetSettings(_Table):
    """How much of their pictures and style sheets is kept with articles; ``max_asset`` and ``*_bytes`` in bytes."""

    max_asset: Size = 5_000_000
    article_count: Annotated[int, Field(ge=0)] = 30
    article_bytes: Size = 20_000_000
    crawl_count: Annotated[int, Field(ge=0)] = 500
    crawl_bytes: Size = 500_000_000


class RenderSettings(_Table):
    """How pages of sources with ``render = true`` are put through Chromium.

    ``browsers`` work at a time, one page each; ``memory`` in bytes is that of one browser's processes together.
    ``max_bytes`` and ``max_requests`` bound what one page may load.
    """

    chromium: str = ""
    browsers: Annotated[int, Field(ge=1, le=64)] = 2
    timeout: Timeout = timedelta(seconds=45)
    restart_after: Annotated[int, Field(ge=1)] = 100
    memory: Size = 1_000_000_000
    max_bytes: Size = 30_000_000
    max_requests: Annotated[int, Field(ge=1)] = 300
    sandbox: bool = True


class GoneSettings(_Table):
    """When an article that is missing is called gone."""

    confirm_after: Duration = timedelta(hours=6)


class RecheckSettings(_Table):
    """How many known articles of a source are looked at again, an hour; what a feed says has changed is not counted."""

    per_hour: Annotated[float, Field(gt=0)] = PER_HOUR


class CopiesSettings(_Table):
    """How far apart two articles may arrive and still be compared for copies."""

    window: Timeout = timedelta(days=90)


class SourceSettings(_Table):
    """One publication to follow. Exactly one of ``every`` and ``cron`` is given; ``cron`` is in ``timezone``.

    ``feeds`` are whatever lists articles, recognised by what it is; ``sections`` are pages that link to them.
    In ``quiet_hours``, also in ``timezone``, the daemon leaves it alone. ``cookies_file`` and ``headers`` are a
    subscriber's: they go to the source's own site only, and are kept nowhere.
    """

    key: Annotated[str, AfterValidator(_check_key)]
    name: str = ""
    url: Url
    feeds: tuple[Url, ...] = ()
    sections: tuple[Url, ...] = ()
    language: Code | None = None
    country: Code | None = None
    timezone: Annotated[str, AfterValidator(_check_zone)] = "UTC"
    every: Annotated[Duration, AfterValidator(_check_interval)] | None = None
    cron: Annotated[str, AfterValidator(_check_cron)] | None = None
    limits: LimitSettings = LimitSettings()
    rechecks_per_hour: Annotated[float, Field(gt=0)] | None = None
    render: bool = False
    assets: Assets = Assets.LEAD
    quiet_hours: Annotated[str, AfterValidator(check_hours)] | None = None
    cookies_file: Path | None = None
    headers: Annotated[tuple[tuple[str, str], ...], BeforeValidator(parse_headers), Field(repr=False)] = ()

    def timetable(self) -> Timetable:
        """When the source is due.

        Raises:
            ValueError: The source was made without a timetable.
        """
        timetable: Timetable
        if self.cron is not None:
            timetable = Cron(self.cron, ZoneInfo(self.timezone))
        elif self.every is not None:
            timetable = Every(self.every)
        else:
            raise ValueError(f"source {self.key} has no timetable")
        quiet = self.quiet()
        return Outside(timetable, quiet) if quiet else timetable

    def quiet(self) -> QuietHours | None:
        """The hours in which it is left alone."""
        return QuietHours(*parse_hours(self.quiet_hours), ZoneInfo(self.timezone)) if self.quiet_hours else None


class Settings(_Table):
    """The whole configuration; ``file`` is where it came from."""

    archive: ArchiveSettings = ArchiveSettings()
    crawler: CrawlerSettings = CrawlerSettings()
    guard: GuardSettings = GuardSettings()
    workers: WorkerSettings = WorkerSettings()
    render: RenderSettings = RenderSettings()
    assets: AssetSettings = AssetSettings()
    gone: GoneSettings = GoneSettings()
    copies: CopiesSettings = CopiesSettings()
    rechecks: RecheckSettings = RecheckSettings()
    limits: LimitSettings = LimitSettings()
    ledger: LedgerSettings = LedgerSettings()
    sources: tuple[SourceSettings, ...] = ()
    file: Annotated[Path, Field(exclude=True)] = Path("warraq.toml")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What flags say; None and empty where they say nothing. Paths are relative to the working directory."""

    database: str | None = None
    warc_dir: Path | None = None
    allow_networks: tuple[str, ...] = ()


_NO_OVERRIDES = Overrides()


def load_settings(
    path: Path | None = None, overrides: Overrides = _NO_OVERRIDES, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings of a file (``WARRAQ_CONFIG``, else ``warraq.toml`` here when None), overrides laid over it.

    Raises:
        ConfigError: The file is missing, is no TOML, or holds faults; ``problems`` has them all, one line each.
    """
    variables = os.environ if environment is None else environment
    file = path or Path(variables.get("WARRAQ_CONFIG") or "warraq.toml")
    table = _read(file)
    problems = list(table_problems(table))
    laid_over, origins = _lay_over(table, overrides, variables)
    try:
        settings = Settings.model_validate({**laid_over, "file": file})
    except ValidationError as error:
        problems += model_problems(error, Settings)
    else:
        problems += _clashes(settings)
    if "file" in table:
        problems.append("file: unknown key")
    if problems:
        raise _faulty(file, problems, origins)
    home = file.absolute().parent
    return settings.model_copy(
        update={
            "archive": _anchored(settings, origins),
            "crawler": _named(settings.crawler),
            "ledger": settings.ledger.anchored(home),
            "sources": tuple(_with_cookies(source, home) for source in settings.sources),
        }
    )


def _clashes(settings: Settings) -> list[str]:
    """Settings that are good each by itself and not together."""
    if not settings.crawler.proxy:
        return []
    rendered = [number for number, source in enumerate(settings.sources, 1) if source.render]
    return [f"sources[{number}].render: pages cannot be rendered through crawler.proxy" for number in rendered]


def _read(file: Path) -> dict[str, Any]:
    try:
        # Windows editors put a byte order mark first, which TOML does not know.
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{file} does not exist", remedy="write one with `warraq init`", subject=str(file)) from None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}", subject=str(file)) from error
    except UnicodeDecodeError as error:
        raise _one_fault(file, f"is not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise _one_fault(file, f"is not TOML: {error}") from error


def _one_fault(file: Path, fault: str) -> ConfigError:
    return ConfigError(f"{file} {fault}", subject=str(file), problems=(f"{file}: {fault}",))


def _faulty(file: Path, problems: Sequence[str], origins: Mapping[str, str]) -> ConfigError:
    lines = []
    for problem in sorted(set(problems), key=list(problems).index):
        # What a flag or a variable brought in is told under its own name: the file has no such line.
        origin = next((name for place, name in origins.items() if problem.startswith(place)), None)
        lines.append(f"{origin}: {problem.partition(': ')[2]}" if origin else f"{file}: {problem}")
    count = "one fault" if len(lines) == 1 else f"{len(lines)} faults"
    return ConfigError(f"{file} has {count}", subject=str(file), problems=tuple(lines))


def _lay_over(
    table: dict[str, Any], overrides: Overrides, variables: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The file's table with flags and variables in it, and which of them gave a place its value."""
    listed = tuple(filter(None, re.split(r"[,\s]+", variables.get("WARRAQ_ALLOW_NETWORK", ""))))
    wanted = (
        ("archive", "database", "--database", overrides.database),
        ("archive", "database", "WARRAQ_DATABASE", variables.get("WARRAQ_DATABASE")),
        ("archive", "warc_dir", "--warc-dir", overrides.warc_dir),
        ("archive", "warc_dir", "WARRAQ_WARC_DIR", variables.get("WARRAQ_WARC_DIR")),
        ("guard", "allow_networks", "--allow-network", overrides.allow_networks),
        ("guard", "allow_networks", "WARRAQ_ALLOW_NETWORK", listed),
        ("crawler", "contact", "WARRAQ_CONTACT", variables.get("WARRAQ_CONTACT")),
    )
    result, origins = dict(table), dict[str, str]()
    for section, key, origin, value in wanted:
        if value and f"{section}.{key}" not in origins and isinstance(result.get(section, {}), dict):
            result[section] = {**result.get(section, {}), key: value}
            origins[f"{section}.{key}"] = origin
    return result, origins


def _anchored(settings: Settings, origins: Mapping[str, str]) -> ArchiveSettings:
    """The archive's places made absolute: those of the file start at the file, the others where we stand."""
    here, home = Path.cwd(), settings.file.absolute().parent
    base = {place: here if place in origins else home for place in ("archive.database", "archive.warc_dir")}
    database = _SQLITE_FILE.sub(
        lambda match: f"{match[1]}{base['archive.database'] / match[2]}{match[3]}", settings.archive.database
    )
    warc_dir = base["archive.warc_dir"] / settings.archive.warc_dir.expanduser()
    return settings.archive.model_copy(update={"database": database, "warc_dir": warc_dir})


def _with_cookies(source: SourceSettings, home: Path) -> SourceSettings:
    """The source with the path of its cookie file made absolute: it starts at the configuration file."""
    if source.cookies_file is None:
        return source
    return source.model_copy(update={"cookies_file": home / source.cookies_file.expanduser()})


def _named(crawler: CrawlerSettings) -> CrawlerSettings:
    return crawler if crawler.user_agent else crawler.model_copy(update={"user_agent": user_agent(crawler.contact)})


def user_agent(contact: str) -> str:
    """How we name ourselves to servers: ``Warraq/0.1.0 (+contact)``."""
    try:
        release = version("warraq")
    except PackageNotFoundError:
        release = "0"
    return f"Warraq/{release} (+{contact})" if contact else f"Warraq/{release}"
