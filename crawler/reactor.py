"""The one asyncio loop of the process, with Twisted's reactor on it and the guard on the reactor."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import uvloop
from twisted.internet import error
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.main import installReactor
from twisted.python import log

from crawler.guard import Guard, GuardedResolver
from crawler.memory import give_back_large_blocks
from crawler.proxy import Proxy
from storage.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from crawler.config import Settings

T = TypeVar("T")

_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_loop(main: Callable[[], Coroutine[Any, Any, T]], settings: Settings) -> T:
    """The result of ``main``, run in the process's asyncio loop with the guard of the settings in place.

    SIGINT and SIGTERM cancel ``main``, once; a second one acts as it would without us. May be called again, always
    from the main thread.

    Raises:
        ConfigError: A proxy variable is set, which would send requests round the guard.
        KeyboardInterrupt: A signal cancelled ``main``, and it gave no result.
    """
    check_no_proxy(os.environ)
    give_back_large_blocks()
    loop = _loop()
    _reactor().installNameResolver(GuardedResolver(_guard(settings)))
    task = loop.create_task(main())
    for number in _SIGNALS:
        loop.add_signal_handler(number, _cancel, loop, task)
    try:
        return loop.run_until_complete(task)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        _ignore_signals(loop)


def _guard(settings: Settings) -> Guard:
    proxy = Proxy.named(settings.crawler.proxy)
    return Guard(settings.guard.allow_networks, proxy.host if proxy else "")


def check_no_proxy(environment: Mapping[str, str]) -> None:
    """Returns when no variable names a proxy.

    Raises:
        ConfigError: One does. The guard judges the addresses that we connect to; behind a proxy there is only its own.
    """
    named = [name for name in environment if name.lower() in _PROXY_VARIABLES and environment[name]]
    if named:
        raise ConfigError(
            f"{named[0]} names a proxy, and the guard cannot see through it",
            remedy=f"unset {named[0]}; a proxy is named in warraq.toml, as crawler.proxy",
            subject=named[0],
        )


class Reactor(AsyncioSelectorReactor):
    """Twisted's reactor on asyncio, that also hears of a connection that is reset right after it sent something.

    When libuv reports an error on a socket, uvloop calls its reader once and no more (``UVPoll._fatal_error``): what
    came before the reset is read, the reset is not, and the connection would wait for ever, past every time-out.
    """

    def _readOrWrite(self, selectable: Any, read: bool) -> None:  # noqa: N802, FBT001 - Twisted's
        super()._readOrWrite(selectable, read)  # type: ignore[no-untyped-call] # Twisted's
        opened = getattr(selectable, "socket", None) if read and selectable in self._readers else None
        code = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if opened else 0
        if code:
            lost = error.ConnectionLost(os.strerror(code))
            self._disconnectSelectable(selectable, lost, read)  # type: ignore[no-untyped-call] # Twisted's


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The loop under the reactor; there is one of each a process, since Twisted's reactor cannot be replaced."""
    # uvloop is part of the setup that fetches 397 pages a second where Scrapy's defaults fetch 217.
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    installReactor(Reactor(loop))  # type: ignore[no-untyped-call] # Twisted's
    # Twisted keeps what nobody observes, and prints what it calls critical.
    log.PythonLoggingObserver("twisted").start()  # type: ignore[no-untyped-call] # Twisted's
    # Marks the reactor as running, so that what was queued for its start runs; the loop itself is run by us.
    _reactor().startRunning(installSignalHandlers=False)
    return loop


def installed_resolver() -> GuardedResolver | None:
    """The name resolver with the guard in it, or None where none stands on the reactor."""
    resolver = getattr(_reactor(), "nameResolver", None)
    return resolver if isinstance(resolver, GuardedResolver) else None


def installed_guard() -> Guard | None:
    """The guard that requests made now must pass, or None where none stands on the reactor."""
    resolver = installed_resolver()
    return resolver.guard if resolver else None


def _reactor() -> Any:
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs one where ours does not stand yet

    return reactor


def _cancel(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
    _ignore_signals(loop)
    task.cancel()


def _ignore_signals(loop: asyncio.AbstractEventLoop) -> None:
    for number in _SIGNALS:
        loop.remove_signal_handler(number)
