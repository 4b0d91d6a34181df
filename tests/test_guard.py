from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.guard import Guard, forbidden_kind, with_remedy
from crawler.reactor import check_no_proxy, installed_guard, run_loop
from crawler.runner import carry_out
from crawler.spiders.source import Plan, SourceSpider
from storage.errors import ConfigError, CrawlError
from storage.records import Outcome, Role, Target
from tests.loopback import Recorder, Reply, Site, run_for, serving, settings_for, visit

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.1.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "198.18.0.1",
        "203.0.113.5",
        "::",
        "::1",
        "::127.0.0.1",
        "fe80::1",
        "fec0::1",
        "fd00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::1",
        "2001:db8::1",
    ],
)
def test_guard_address_that_is_not_public_is_forbidden(address: str) -> None:
    assert forbidden_kind(ip_address(address))
    assert Guard().refusal_of_address(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "100.128.0.1"]
)
def test_guard_public_address_is_allowed(address: str) -> None:
    assert forbidden_kind(ip_address(address)) is None


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_guard_ipv4_mapped_into_ipv6_is_judged_alike(address: object) -> None:
    plain, mapped = Guard().refusal_of_address(str(address)), Guard().refusal_of_address(f"::ffff:{address}")
    assert bool(plain) == bool(mapped)


def test_guard_allowed_network_lets_its_addresses_through_and_no_other() -> None:
    guard = Guard((ip_network("10.1.0.0/16"),))
    assert guard.refusal_of_address("10.1.2.3") is None
    assert guard.refusal_of_address("::ffff:10.1.2.3") is None
    assert guard.refusal_of_address("10.2.0.1") == "10.2.0.1 is a private address"


def test_guard_host_with_public_and_private_addresses_keeps_the_public_ones() -> None:
    guard = Guard()
    assert guard.allowed("Mixed.example", ["127.0.0.1", "8.8.8.8"]) == ["8.8.8.8"]
    assert guard.refusal_of_host("mixed.example") is None
    assert guard.allowed("bad.example", ["127.0.0.1"]) == []
    assert guard.refusal_of_host("BAD.example") == "127.0.0.1 is a loopback address"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0"],
)
def test_crawl_loopback_in_any_spelling_is_refused_without_a_connection(site: Site, host: str) -> None:
    result = visit(f"http://{host}:{site.port}/", allow=False)
    assert result.failure
    assert result.failure.kind is Outcome.REFUSED
    assert result.failure.reason.startswith("refused by the guard: ")
    assert not site.requests


def test_crawl_redirect_to_forbidden_address_is_refused_and_the_hop_is_kept(site: Site) -> None:
    site.pages["/out"] = Reply(status=302, headers={"Location": "http://10.9.8.7/metadata"})
    result = visit(f"{site.url}/out")
    assert result.failure
    assert result.failure.reason == "refused by the guard: 10.9.8.7 is a private address"
    assert [(capture.role, capture.status) for capture in result.captures] == [(Role.HOP, 302)]


def test_crawl_connection_kept_open_is_judged_again_before_each_request(site: Site) -> None:
    """What a name server does that answers with another address the second time."""
    site.pages["/a"] = Reply(b"one")
    settings, recorder = settings_for(connections_per_host=1), Recorder()

    def shut(_: object) -> Reply:
        guard = installed_guard()
        assert guard
        guard.allow_networks = ()
        return Reply(b"two")

    site.pages["/b"] = shut

    async def main() -> None:
        plan = Plan(targets=tuple(Target(f"{site.url}/{name}") for name in "abc"))
        await carry_out(run_for(settings, recorder), SourceSpider, plan=plan)

    run_loop(main, settings)
    assert [bool(result.failure) for result in recorder.visits] == [False, False, True]
    assert site.paths == ["/a", "/b"]


def test_crawl_without_guard_is_not_begun() -> None:
    settings = settings_for()

    async def main() -> None:
        from twisted.internet import reactor  # noqa: PLC0415 - importing it earlier would install another

        guarded = reactor.installNameResolver(object())
        try:
            await carry_out(run_for(settings, Recorder()), SourceSpider, plan=Plan())
        finally:
            reactor.installNameResolver(guarded)

    with pytest.raises(CrawlError, match="guarded loop"):
        run_loop(main, settings)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_loop_with_a_proxy_variable_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} names a proxy.*unset"):
        check_no_proxy({name: "http://proxy.example:3128"})


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/html,x"])
def test_crawl_other_schemes_are_refused(url: str) -> None:
    result = visit(url)
    assert result.failure
    assert result.failure.kind is Outcome.REFUSED
    assert "neither http nor https" in result.failure.reason


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1/"])
def test_crawl_redirect_to_another_scheme_is_refused(site: Site, target: str) -> None:
    site.pages["/out"] = Reply(status=302, headers={"Location": target})
    result = visit(f"{site.url}/out")
    assert result.failure
    assert result.failure.kind is Outcome.REFUSED
    assert len(result.captures) == 1


def test_crawl_with_another_download_handler_is_not_begun() -> None:
    class Other(SourceSpider):
        custom_settings = {  # noqa: RUF012 - Scrapy's own way of declaring it
            "DOWNLOAD_HANDLERS": {"https": "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"}
        }

    settings = settings_for()

    async def main() -> None:
        await carry_out(run_for(settings, Recorder()), Other, plan=Plan())

    with pytest.raises(CrawlError, match="goes round the guard"):
        run_loop(main, settings)


def test_remedy_is_told_for_addresses_that_may_be_permitted_only() -> None:
    told = with_remedy("https://intranet.example/: refused by the guard: 10.9.8.7 is a private address")
    assert told.endswith(
        "10.9.8.7 is a private address; if it is meant, permit it: guard.allow_networks or --allow-network"
    )
    assert with_remedy("refused by the guard: larger than 8 MB") == "refused by the guard: larger than 8 MB"
