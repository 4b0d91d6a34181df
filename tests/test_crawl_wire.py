from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

import pytest

from crawler.capture import REDACTED
from crawler.spiders.source import Plan
from storage.records import Role, Target, Validators
from tests.certificates import make_certificate
from tests.loopback import Reply, Site, crawl, serving, visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def test_capture_compressed_body_is_kept_as_it_was_sent(site: Site) -> None:
    packed = gzip.compress(b"<p>text</p>" * 100)
    site.pages["/a"] = Reply(packed, headers={"Content-Encoding": "gzip", "Content-Type": "text/html"})
    (capture,) = visit(f"{site.url}/a").captures
    assert capture.body == packed
    assert capture.payload_digest == f"sha256:{hashlib.sha256(packed).hexdigest()}"
    assert capture.header("content-encoding") == "gzip"
    assert capture.header("content-length") == str(len(packed))


def test_capture_tells_what_was_asked_and_answered(site: Site) -> None:
    site.pages["/a?b=1"] = Reply(b"x", 203, {"X-Odd": "caf\xe9", "Set-Cookie": "a=1"}, reason="Fine By Me")
    result = visit(f"{site.url}/a?b=1")
    (capture,) = result.captures
    assert (capture.status, capture.reason, capture.protocol, capture.method) == (203, "Fine By Me", "HTTP/1.1", "GET")
    assert (capture.url, capture.requested_url) == (f"{site.url}/a?b=1",) * 2
    assert (capture.role, capture.visit_id, capture.remote_address) == (Role.ARTICLE, result.visit_id, "127.0.0.1")
    assert capture.header("x-odd") == "caf\xe9"
    assert capture.captured_at.utcoffset() is not None


def test_capture_request_headers_are_those_that_the_server_saw(site: Site) -> None:
    site.pages["/a"] = Reply(b"x")
    (capture,) = visit(f"{site.url}/a").captures
    sent = {name.lower(): value for name, value in capture.request_headers}
    seen = site.sent("/a")
    assert sent.items() <= seen.items()
    assert seen.keys() - sent.keys() <= {"connection"}
    assert sent["user-agent"] == "Warraq/0 (+test@example.org)"
    assert sent["host"] == f"127.0.0.1:{site.port}"


def test_capture_never_holds_cookies_or_credentials(site: Site) -> None:
    site.pages["/a"] = Reply(status=302, headers={"Set-Cookie": "id=secret", "Location": "/b"})
    site.pages["/b"] = Reply(b"x")
    assert "cookie" in REDACTED
    for capture in visit(f"{site.url}/a").captures:
        assert not {name.lower() for name, _ in capture.request_headers} & REDACTED


def test_capture_of_redirects_keeps_every_hop_in_order(site: Site) -> None:
    site.pages["/a"] = Reply(b"moved", 301, {"Location": "/b"})
    site.pages["/b"] = Reply(b"", 302, {"Location": f"{site.url}/c"})
    site.pages["/c"] = Reply(b"here")
    result = visit(f"{site.url}/a")
    assert [(each.role, each.status, each.body) for each in result.captures] == [
        (Role.HOP, 301, b"moved"),
        (Role.HOP, 302, b""),
        (Role.ARTICLE, 200, b"here"),
    ]
    assert {each.requested_url for each in result.captures} == {f"{site.url}/a"}
    assert result.final_url == f"{site.url}/c"
    assert len({each.record_id for each in result.captures}) == 3


def test_capture_of_a_retry_keeps_both_answers(site: Site) -> None:
    answers = iter([Reply(b"later", 503), Reply(b"now")])
    site.pages["/a"] = lambda _: next(answers)
    result = visit(f"{site.url}/a")
    assert [(each.role, each.status) for each in result.captures] == [(Role.HOP, 503), (Role.ARTICLE, 200)]


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410, 418, 451, 500, 503])
def test_visit_every_status_is_handed_over_without_failure(site: Site, status: int) -> None:
    site.pages["/a"] = Reply(b"" if status == 204 else b"page", status)
    result = visit(f"{site.url}/a")
    assert result.failure is None
    assert result.captures[-1].status == status


def test_visit_target_with_validators_asks_conditionally(site: Site) -> None:
    site.pages["/a"] = Reply(status=304, headers={"ETag": 'W/"1"'})
    validators = Validators('W/"1"', "Sun, 01 Nov 2026 00:00:00 GMT")
    recorder, _ = crawl(Plan(targets=(Target(f"{site.url}/a", validators),)))
    assert recorder.visits[0].captures[-1].status == 304
    assert site.sent("/a")["if-none-match"] == 'W/"1"'
    assert site.sent("/a")["if-modified-since"] == "Sun, 01 Nov 2026 00:00:00 GMT"


@pytest.mark.parametrize(("verify", "expected"), [(False, None), (True, "TLS: certificate verify failed")])
def test_visit_of_untrusted_certificate_fails_only_where_certificates_are_verified(
    tmp_path: Path, *, verify: bool, expected: str | None
) -> None:
    with serving(make_certificate(tmp_path)) as site:
        site.pages["/a"] = Reply(b"x")
        failure = visit(f"{site.url}/a", verify_certificates=verify).failure
    assert (failure.reason if failure else None) == expected


def test_robots_exchange_is_archived_apart(site: Site) -> None:
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nAllow: /\n")
    site.pages["/a"] = Reply(b"x")
    recorder, run = crawl(Plan(targets=(Target(f"{site.url}/a"),)))
    (robots,) = recorder.exchanges
    assert (robots.role, robots.url, robots.visit_id) == (Role.ROBOTS, f"{site.url}/robots.txt", None)
    assert run.requests == 2
    assert run.received_bytes == len(robots.body) + 1
