"""One Chromium: found, started without anything that could reach the network by itself, weighed, and ended.

The one place that imports Playwright's driver at run time: it is an optional dependency. scrapy-playwright is not used:
it replaces the download handler, so that neither the raw answer nor its header fields as sent would reach the archive,
shares contexts between pages, and leaves the browser's own connections unguarded.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from storage.errors import ConfigError

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright

    from crawler.config import RenderSettings

_log = logging.getLogger(__name__)
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_PROCESSES = Path("/proc")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_CLOSING_SECONDS = 5.0
_HEAP_MEGABYTES = 512
# A proxy that nobody serves: what does not belong to a page's own context gets nowhere.
_NOWHERE = {"server": "http://127.0.0.1:1"}
_FLAGS = (
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--disable-gpu",
    "--mute-audio",
    # The browser resolves nothing: names go to the proxy, and only the proxy is reached by its address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    # WebRTC may use the proxy and nothing else. The switch has one name in Chromium and another in its headless shell.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-features=WebRtcHideLocalIpsWithMdns,MediaRouter,OptimizationHints,LocalNetworkAccessChecks",
    f"--js-flags=--max-old-space-size={_HEAP_MEGABYTES}",
)


def check_can_render(settings: RenderSettings) -> None:
    """Returns when pages can be rendered.

    Raises:
        ConfigError: Playwright or Chromium is missing; the remedy says what to install.
    """
    if importlib.util.find_spec("playwright") is None:
        raise ConfigError(
            "`render = true` needs Playwright, which is not installed", remedy="pip install 'warraq[render]'"
        )
    find_chromium(settings)


def find_chromium(settings: RenderSettings) -> str:
    """The path of the browser's program.

    Raises:
        ConfigError: There is none.
    """
    names = (settings.chromium,) if settings.chromium else _NAMES
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        place = f" at {settings.chromium}" if settings.chromium else ""
        raise ConfigError(
            f"`render = true` needs Chromium, and there is none{place}",
            remedy="install it (Debian: apt-get install chromium), or set [render] chromium to its path",
        )
    return found


class Chromium:
    """A running browser, in a process group of its own."""

    def __init__(self, browser: Browser, group: int | None) -> None:
        self.browser = browser
        self.pages = 0
        self._group = group

    @classmethod
    async def start(cls, driver: Playwright, settings: RenderSettings) -> Chromium:
        """A new browser.

        Raises:
            ConfigError: There is no Chromium.
            playwright.async_api.Error: It does not start.
        """
        mark = f"--warraq-browser={uuid4().hex}"
        has_sandbox = settings.sandbox and os.geteuid() != 0  # Chromium's does not work for root
        browser = await driver.chromium.launch(
            executable_path=find_chromium(settings),
            args=[*_FLAGS, mark],
            proxy={"server": _NOWHERE["server"]},
            chromium_sandbox=has_sandbox,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=settings.timeout.total_seconds() * 1000,
        )
        _log.info("browser started", extra={"release": browser.version, "sandbox": has_sandbox})
        return cls(browser, await asyncio.to_thread(_group_of, mark.encode()))

    @property
    def name(self) -> str:
        """Name and release."""
        return f"Chromium {self.browser.version}"

    def memory_bytes(self) -> int:
        """What its processes hold together, without what they share; 0 where the system does not tell."""
        return sum(_private_bytes(pid) for pid in _members(self._group)) if self._group else 0

    def kill(self) -> None:
        """Ends it at once, whatever it does."""
        if self._group:
            with suppress(ProcessLookupError):
                os.killpg(self._group, signal.SIGKILL)

    async def close(self) -> None:
        """Ends it in good order, or by force where that takes too long."""
        with suppress(Exception):  # whatever its driver says of a browser that is gone already
            await asyncio.wait_for(self.browser.close(), _CLOSING_SECONDS)
        self.kill()


def _group_of(mark: bytes) -> int | None:
    """The process group of the browser that was started with the mark; Playwright does not tell its process."""
    for entry in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            if mark in (entry / "cmdline").read_bytes() and os.getpgid(int(entry.name)) == int(entry.name):
                return int(entry.name)
    return None


def _members(group: int) -> list[int]:
    members = []
    for entry in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            if os.getpgid(int(entry.name)) == group:
                members.append(int(entry.name))
    return members


def _private_bytes(pid: int) -> int:
    with suppress(OSError, ValueError):
        _, resident, shared, *_ = map(int, (_PROCESSES / str(pid) / "statm").read_text().split())
        return (resident - shared) * _PAGE_BYTES
    return 0
