"""The browsers of a process: each renders one page at a time, within limits, and is replaced when it is used up."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from crawler.durations import format_duration, format_size
from crawler.rendering.chromium import Chromium, check_can_render

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import BrowserContext, Page, Playwright

    from crawler.config import RenderSettings
    from crawler.rendering.gate import Gate

_log = logging.getLogger(__name__)
_SETTLE_SECONDS = 10.0  # a page that keeps asking for more (advertising, live tickers) is read as it is by then
_WEIGH_SECONDS = 0.5
_CLOSING_SECONDS = 5.0
_VIEWPORT = {"width": 1280, "height": 2400}  # tall: what loads when it comes into view is in view
# Run in a world of its own, where the page's scripts cannot have put other functions in place of the browser's.
_READ = """limit => {
  const roots = [];
  const gather = node => { for (const e of node.querySelectorAll('*'))
    if (e.shadowRoot) { roots.push(e.shadowRoot); gather(e.shadowRoot); } };
  gather(document);
  const root = document.documentElement;
  if (!root) return '';
  const doctype = document.doctype ? `<!DOCTYPE ${document.doctype.name}>` : '';
  const html = doctype + root.cloneNode(false).outerHTML.replace(/<\\/html>$/i, '')
    + root.getHTML({shadowRoots: roots}) + '</html>';
  return html.length > limit ? null : html;
}"""


class RenderError(Exception):
    """A page cannot be rendered; the text says why, in words for a visit's reason."""


@dataclass(frozen=True, slots=True)
class Guise:
    """How the browser shows itself to a source's pages."""

    user_agent: str
    locale: str
    timezone: str
    verify_certificates: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page after its scripts ran.

    ``url`` is where it is then, ``html`` its whole document, ``browser`` the name and release of what rendered it.
    """

    url: str
    html: str
    browser: str


class Renderer:
    """Renders pages for all crawls of a process; started at the first page. All of it belongs to one asyncio loop."""

    def __init__(self, settings: RenderSettings) -> None:
        self.settings = settings
        self._free = asyncio.Semaphore(settings.browsers)
        self._idle: list[Chromium] = []
        self._starting = asyncio.Lock()
        self._driver: Playwright | None = None

    async def render(self, gate: Gate, proxy_url: str, guise: Guise) -> Rendered:
        """The gate's document as it is once its scripts have run. The caller sees to it that its turn has come.

        Raises:
            ConfigError: Playwright or Chromium is missing.
            RenderError: It took too much time or memory, is too large, or the browser failed.
        """
        browser = await self._take()
        limit_seconds = self.settings.timeout.total_seconds()
        overweight = asyncio.Event()
        weighing = asyncio.ensure_future(self._weigh(browser, overweight))
        try:
            async with asyncio.timeout(limit_seconds), _context(browser, proxy_url, guise) as context:
                rendered = await self._render(browser, context, gate)
        except BaseException as error:
            # Hung, too heavy, crashed or stopped: whatever state it is in, the next page gets another browser.
            browser.kill()
            _give_up(error, self.settings, is_overweight=overweight.is_set())
            raise
        else:
            await self._put_back(browser)
            return rendered
        finally:
            weighing.cancel()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits until a browser is free, and keeps it for the block."""
        async with self._free:
            yield

    async def aclose(self) -> None:
        """Ends the browsers and what drives them."""
        for browser in self._idle:
            await browser.close()
        self._idle.clear()
        if self._driver is not None:
            with suppress(Exception):  # the driver may be gone with the terminal's own interrupt
                await asyncio.wait_for(self._driver.stop(), _CLOSING_SECONDS)
            self._driver = None

    async def _take(self) -> Chromium:
        from playwright.async_api import Error, async_playwright  # noqa: PLC0415 - an optional dependency

        while self._idle:
            browser = self._idle.pop()
            if browser.browser.is_connected():
                return browser
        async with self._starting:
            if self._driver is None:
                check_can_render(self.settings)
                self._driver = await async_playwright().start()
        try:
            return await Chromium.start(self._driver, self.settings)
        except Error as error:
            _log.error("browser does not start: %s", error)
            raise RenderError(f"Chromium does not start: {_first_line(error)}") from error

    async def _put_back(self, browser: Chromium) -> None:
        browser.pages += 1
        is_heavy = await asyncio.to_thread(browser.memory_bytes) > self.settings.memory // 2
        if is_heavy or browser.pages >= self.settings.restart_after:
            await browser.close()
        else:
            self._idle.append(browser)

    async def _weigh(self, browser: Chromium, overweight: asyncio.Event) -> None:
        """Ends the browser when it takes more memory than it may."""
        while True:
            await asyncio.sleep(_WEIGH_SECONDS)
            if await asyncio.to_thread(browser.memory_bytes) > self.settings.memory:
                overweight.set()
                browser.kill()
                return

    async def _render(self, browser: Chromium, context: BrowserContext, gate: Gate) -> Rendered:
        page = gate.page = await context.new_page()
        context.on("page", _close_window)
        context.on("response", gate.note_answer)
        await context.route("**/*", gate.handle)
        limit = self.settings.timeout.total_seconds() * 1000
        await page.goto(gate.document.url, wait_until="domcontentloaded", timeout=limit)
        from playwright.async_api import TimeoutError as NotSettledError  # noqa: PLC0415 - as above

        with suppress(NotSettledError):
            await page.wait_for_load_state("networkidle", timeout=_SETTLE_SECONDS * 1000)
        html = await _read(page, self.settings.max_bytes)
        if html is None:
            raise RenderError(f"the rendered page is larger than {format_size(self.settings.max_bytes)}")
        return Rendered(_url_of(page, gate), html, browser.name)


async def _close_window(opened: Page) -> None:
    """A page is one window: those that its scripts open are closed."""
    with suppress(Exception):  # whatever its driver says of a window that is gone already
        await opened.close()


@asynccontextmanager
async def _context(browser: Chromium, proxy_url: str, guise: Guise) -> AsyncIterator[BrowserContext]:
    """A fresh context, without cookies or anything else of an earlier page."""
    context = await browser.browser.new_context(
        proxy={"server": proxy_url},
        service_workers="block",
        accept_downloads=False,
        user_agent=guise.user_agent,
        locale=guise.locale,
        timezone_id=guise.timezone,
        viewport={"width": _VIEWPORT["width"], "height": _VIEWPORT["height"]},
        ignore_https_errors=not guise.verify_certificates,
    )
    yield context
    await context.close()


async def _read(page: Page, limit: int) -> str | None:
    """The whole document, open shadow trees included; None where it is longer than the limit."""
    session = await page.context.new_cdp_session(page)
    tree = await session.send("Page.getFrameTree")
    world = await session.send("Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"]})
    expression = f"({_READ})({json.dumps(limit)})"
    call = {"expression": expression, "contextId": world["executionContextId"], "returnByValue": True}
    answer = await session.send("Runtime.evaluate", call)
    value = answer["result"].get("value")
    return value if value is None or isinstance(value, str) else ""


def _url_of(page: Page, gate: Gate) -> str:
    """Where the document is from: scripts may write another address (``history.pushState``) without loading it."""
    url = urldefrag(page.url).url
    return url if gate.has_moved and urlsplit(url).scheme in ("http", "https") else gate.document.url


def _give_up(error: BaseException, settings: RenderSettings, *, is_overweight: bool) -> None:
    """Raises the error in our own words where it is the page's doing."""
    from playwright.async_api import Error  # noqa: PLC0415 - as above

    if is_overweight:
        raise RenderError(f"rendering it takes more than {format_size(settings.memory)} of memory") from error
    if isinstance(error, TimeoutError | Error) and "Timeout" in type(error).__name__:
        raise RenderError(f"rendering it takes more than {format_duration(settings.timeout)}") from error
    if isinstance(error, Error):
        raise RenderError(f"Chromium cannot render it: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200]
