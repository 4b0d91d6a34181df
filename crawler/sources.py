"""Sources: from the configuration to the archive's records, by key, by URL, and new ones into the file."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import tomlkit
from tomlkit.exceptions import TOMLKitError

from crawler.config_problems import nearest
from pipeline.urls import same_site
from storage.errors import ConfigError, UnknownSourceError
from storage.records import SourceRecord

if TYPE_CHECKING:
    from crawler.config import Settings, SourceSettings


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source to be written into the configuration; what is empty is left out of it."""

    key: str
    url: str
    name: str = ""
    feeds: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    language: str | None = None
    country: str | None = None
    timezone: str | None = None
    every: str = "15m"


def source_record(source: SourceSettings | SourceRecord) -> SourceRecord:
    """The source as the archive knows it."""
    if isinstance(source, SourceRecord):
        return source
    name = source.name or source.key
    return SourceRecord(source.key, name, source.url, source.language, source.country, source.timezone)


def find_source(settings: Settings, key: str) -> SourceSettings:
    """The source of that key.

    Raises:
        UnknownSourceError: There is none; the nearest key is named.
    """
    found = next((source for source in settings.sources if source.key == key), None)
    if found is None:
        hint = nearest(key, (source.key for source in settings.sources))
        raise UnknownSourceError(
            f'no source has the key "{key}"{hint}', remedy="`warraq sources` lists them", subject=key
        )
    return found


def source_of_url(settings: Settings, url: str) -> SourceSettings | SourceRecord:
    """The source whose site the URL is on, that of the same host first; else an ad-hoc source named by the host."""
    host = _plain_host(url)
    on_host = [source for source in settings.sources if _plain_host(source.url) == host]
    on_site = [source for source in settings.sources if same_site(source.url, url)]
    return next(iter(on_host + on_site), None) or ad_hoc_source(url)


def ad_hoc_source(url: str) -> SourceRecord:
    """A source for single articles of one host, with the host as its key."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return SourceRecord(host, host, f"{parts.scheme.lower()}://{host}/", ad_hoc=True)


def free_key(settings: Settings, url: str) -> str:
    """A key for a new source: the name in its host, with a number where it is taken."""
    labels = _plain_host(url).partition(":")[0].split(".")
    name = max(labels[:-1] or labels, key=len) if not labels[-1].isdigit() else "-".join(labels)
    taken = {source.key for source in settings.sources}
    return next(key for key in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if key not in taken)


def add_source(file: Path, source: NewSource) -> None:
    """Writes the source at the end of the configuration file, whose comments and order stay as they are.

    The file is replaced in one step: it is at no time half written.

    Raises:
        ConfigError: The file has a source of that key already, or cannot be read or written.
    """
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8-sig"))
        _append(document, source, file)
        _replace(file, tomlkit.dumps(document))
    except TOMLKitError as error:
        raise ConfigError(f"{file} is not TOML: {error}", subject=str(file)) from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be changed: {error.strerror}", subject=str(file)) from error


def _append(document: tomlkit.TOMLDocument, source: NewSource, file: Path) -> None:
    sources = document.get("sources")
    if any(known.get("key") == source.key for known in sources or ()):
        raise ConfigError(f'{file} has a source "{source.key}" already', remedy="choose another with --key")
    table = tomlkit.table()
    for name in ("key", "name", "url", "feeds", "sections", "language", "country", "timezone", "every"):
        value = getattr(source, name)
        if value:
            table.add(name, list(value) if isinstance(value, tuple) else value)
    if sources is None:
        sources = tomlkit.aot()
        document.add(tomlkit.nl())
        document.add("sources", sources)
    elif len(sources) and not tomlkit.dumps(document).endswith("\n\n"):
        sources[-1].add(tomlkit.nl())
    sources.append(table)


def _replace(file: Path, text: str) -> None:
    target = file.resolve()  # a link stays a link
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=target.parent, delete=False, newline="") as stream:
        try:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
            Path(stream.name).chmod(target.stat().st_mode & 0o777)
            Path(stream.name).replace(target)
        except BaseException:
            Path(stream.name).unlink(missing_ok=True)
            raise


def _plain_host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2].lower().removeprefix("www.")
