"""Pages that scripts make, through a real Chromium: what is archived, and that nothing forbidden is reached."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from crawler.config import CrawlerSettings, GuardSettings, RenderSettings, Settings
from crawler.reactor import run_loop
from crawler.rendering.renderer import Renderer
from crawler.runner import carry_out
from crawler.spiders.source import Plan, SourceSpider
from storage.records import Outcome, Role, Target, Validators
from tests.loopback import Recorder, Reply, Site, run_for, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.run import Run
    from pipeline.visits import Visit
    from tests.loopback import Handler

pytest.importorskip("playwright", reason="needs the extra `render`")
pytestmark = pytest.mark.slow

HTML = {"Content-Type": "text/html; charset=utf-8"}
SCRIPT = {"Content-Type": "text/javascript"}
FORBIDDEN = "127.0.0.77"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def render(*urls: str, allow: str = "127.0.0.1/32", **options: Any) -> tuple[list[Visit], Run]:
    """The visits to pages of a source that is rendered, with loopback's first address allowed and no other."""
    settings = Settings(
        crawler=CrawlerSettings(
            user_agent="Warraq/0 (+test@example.org)", delay=timedelta(0), timeout=timedelta(seconds=5)
        ),
        guard=GuardSettings(allow_networks=(ip_network(allow),)),
        render=RenderSettings(**{"timeout": timedelta(seconds=20), "browsers": 1, **options}),
    )
    recorder, runs = Recorder(), []

    async def main() -> None:
        async with aclosing(Renderer(settings.render)) as renderer:
            run = run_for(settings, recorder, urls[0])
            run.renderer = renderer
            runs.append(run)
            targets = tuple(Target(url, Validators('"1"')) for url in urls)
            await carry_out(run, SourceSpider, plan=Plan(targets=targets))

    run_loop(main, settings)
    return recorder.visits, runs[0]


def rendered_text(visit: Visit) -> str:
    assert visit.failure is None, visit.failure
    assert visit.captures[-1].role is Role.RENDERED
    return visit.captures[-1].body.decode()


def page(script: str, body: str = "") -> Reply:
    text = (
        f"<!DOCTYPE html><html lang=ar><head><title>t</title></head><body>{body}<script>{script}</script></body></html>"
    )
    return Reply(text.encode(), headers=HTML)


@dataclass
class Canary:
    """Listens where no page may come, and notes every connection and datagram."""

    port: int
    seen: list[str] = field(default_factory=list)


@contextmanager
def listening(address: str = FORBIDDEN) -> Iterator[Canary]:
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind((address, 0))
        udp.bind(tcp.getsockname())
        tcp.listen(64)
        canary = Canary(tcp.getsockname()[1])

        def accept() -> None:
            while True:
                try:
                    connection, peer = tcp.accept()
                except OSError:
                    return
                canary.seen.append(f"tcp {peer}")
                connection.close()

        def receive() -> None:
            while True:
                try:
                    canary.seen.append(f"udp {udp.recvfrom(2048)[0][:60]!r}")
                except OSError:
                    return

        threads = [threading.Thread(target=work, daemon=True) for work in (accept, receive)]
        for thread in threads:
            thread.start()
        yield canary
        for each in (tcp, udp):
            each.shutdown(socket.SHUT_RDWR) if each is tcp else each.sendto(b"end", each.getsockname())
        threads[0].join(5)


def test_rendered_page_holds_what_its_scripts_made(site: Site) -> None:
    site.pages["/data"] = Reply('{"text": "نص الخبر"}'.encode(), headers={"Content-Type": "application/json"})
    site.pages["/app.js"] = Reply(
        b"fetch('/data').then(r => r.json()).then(d => { const p = document.createElement('p');"
        b" p.textContent = d.text; document.body.append(p); })",
        headers={"Content-Type": "text/javascript"},
    )
    site.pages["/a"] = Reply(b"<html><body>empty<script src=/app.js></script></body></html>", headers=HTML)
    (visit,), run = render(f"{site.url}/a")
    assert "<p>نص الخبر</p>" in rendered_text(visit)
    raw, rendered = visit.captures
    assert (raw.role, rendered.role) == (Role.ARTICLE, Role.RENDERED)
    assert raw.body == site.pages["/a"].body  # type: ignore[union-attr] # a reply
    assert rendered.belongs_to == raw.record_id
    assert (rendered.visit_id, rendered.url, rendered.status) == (raw.visit_id, raw.url, 200)
    assert (rendered.header("Rendered-By") or "").startswith("Chromium ")
    # The publisher is asked for the page itself once, and for what its scripts load.
    assert sorted(site.paths) == ["/a", "/app.js", "/data"]
    assert run.requests == 4
    assert "if-none-match" not in site.sent("/a")
    assert site.sent("/data")["user-agent"] == "Warraq/0 (+test@example.org)"


def test_rendered_page_is_read_in_the_sources_own_shadow_trees(site: Site) -> None:
    site.pages["/a"] = page(
        "document.querySelector('x-story').attachShadow({mode: 'open'}).innerHTML = '<p>inside</p>'",
        "<x-story></x-story>",
    )
    (visit,), _ = render(f"{site.url}/a")
    assert '<template shadowrootmode="open"><p>inside</p></template>' in rendered_text(visit)


def test_rendered_page_loads_no_pictures_and_takes_none_for_missing(site: Site) -> None:
    site.pages["/a"] = page("", "<img src=/i.png onerror='this.remove()' onload='document.title=this.naturalWidth'>")
    (visit,), _ = render(f"{site.url}/a")
    assert "<title>1</title>" in rendered_text(visit)
    assert site.paths == ["/a"]


@pytest.mark.parametrize("status", [404, 503])
def test_rendered_source_answer_without_a_page_is_not_rendered(site: Site, status: int) -> None:
    site.pages["/a"] = Reply(b"<p>no</p>", status, HTML)
    (visit,), _ = render(f"{site.url}/a")
    assert visit.captures[-1].role is Role.ARTICLE
    assert visit.captures[-1].status == status


_ASK = "{{mode: 'no-cors'}}).catch(() => 0)"
_FORM = "<form method=post action=http://{place}/></form>"
_RULES = """({{prerender: [{{source: 'list', urls: ['http://{place}/r']}}]}})"""
_RTC = """new RTCPeerConnection({{iceServers: [
    {{urls: ['stun:{place}', 'turn:{place}?transport=tcp', 'turn:{place}'], username: 'u', credential: 'c'}}]}})"""
SHOWN_BY_CONTROL = {
    "fetch": f"fetch('http://{{place}}/f', {_ASK}",
    "https": f"fetch('https://{{place}}/f', {_ASK}",
    "frame": "add('iframe', {{src: 'http://{place}/'}})",
    "script": "add('script', {{src: 'http://{place}/s.js'}})",
    "style": "add('link', {{rel: 'stylesheet', href: 'http://{place}/s.css'}})",
    "worker": "new Worker(URL.createObjectURL(new Blob([`fetch('http://{place}/w')`])))",
    "shared worker": "new SharedWorker(URL.createObjectURL(new Blob([`fetch('http://{place}/w')`])))",
    "web socket": "new WebSocket('ws://{place}/')",
    "secure web socket": "new WebSocket('wss://{place}/')",
    "prefetch": "add('link', {{rel: 'prefetch', href: 'http://{place}/p'}})",
    "preload": "add('link', {{rel: 'preload', as: 'script', href: 'http://{place}/p'}})",
    "object": "document.body.innerHTML += '<object data=http://{place}/o></object><embed src=http://{place}/m>'",
    "redirect": f"fetch('/away?{{place}}', {_ASK}",
    "frame redirect": "add('iframe', {{src: '/away?{place}'}})",
}
"""Ways that do reach a server whose address is allowed: where they reach nobody, it is the guard's doing."""
FORBIDDEN_WAYS = SHOWN_BY_CONTROL | {
    "image": "new Image().src = 'http://{place}/i.png'",
    "picture of a style": "document.body.style.background = 'url(http://{place}/i.png)'",
    "media": "add('video', {{src: 'http://{place}/v.mp4', autoplay: true, muted: true}})",
    "event source": "new EventSource('http://{place}/e')",
    "beacon": "navigator.sendBeacon('http://{place}/b', 'x')",
    "service worker": "navigator.serviceWorker?.register('/sw.js?{place}').catch(() => 0)",
    "navigation": "location = 'http://{place}/n'",
    "form": f"document.body.innerHTML += '{_FORM}'; document.forms[0].submit()",
    "window": "open('http://{place}/o')",
    "preconnect": "add('link', {{rel: 'preconnect', href: 'http://{place}'}})",
    "dns prefetch": "add('link', {{rel: 'dns-prefetch', href: 'http://{place}'}})",
    "prerender": f"add('script', {{{{type: 'speculationrules', textContent: JSON.stringify({_RULES})}}}})",
    "web rtc": f"const c = {_RTC}; c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o))",
    "web transport": "new WebTransport('https://{place}/').ready.catch(() => 0)",
}
_ADD = "const add = (name, fields) => document.body.append(Object.assign(document.createElement(name), fields));"


def reach(ways: dict[str, str], *, allow: str) -> dict[str, tuple[list[str], Visit]]:
    """Pages that reach for a server each, in one browser: what each server saw, and the visit."""
    with serving() as site, ExitStack() as stack:
        canaries = {way: stack.enter_context(listening()) for way in ways}
        for n, (way, script) in enumerate(ways.items()):
            place = f"{FORBIDDEN}:{canaries[way].port}"
            site.pages[f"/away?{place}"] = Reply(status=302, headers={"Location": f"http://{place}/"})
            site.pages[f"/sw.js?{place}"] = Reply(f"fetch('http://{place}/w')".encode(), headers=SCRIPT)
            # The page stays open for a while, so that what it begins has time to arrive.
            site.pages[f"/{n}"] = page(f"fetch('/slow'); {_ADD} {script.format(place=place)}", "here")
        site.pages["/slow"] = slowly
        visits, _ = render(*(f"{site.url}/{n}" for n in range(len(ways))), allow=allow)
        by_url = {visit.requested_url: visit for visit in visits}
        return {way: (list(canaries[way].seen), by_url[f"{site.url}/{n}"]) for n, way in enumerate(ways)}


def slowly(_: Handler) -> Reply:
    time.sleep(1)
    return Reply(b"{}")


@pytest.fixture(scope="module")
def reached() -> dict[str, tuple[list[str], Visit]]:
    return reach(FORBIDDEN_WAYS, allow="127.0.0.1/32")


@pytest.fixture(scope="module")
def reached_where_allowed() -> dict[str, tuple[list[str], Visit]]:
    return reach(SHOWN_BY_CONTROL, allow="127.0.0.0/8")


@pytest.mark.timeout(480)  # the first of them reaches out in all ways at once
@pytest.mark.parametrize("way", FORBIDDEN_WAYS)
def test_rendered_page_reaching_for_a_forbidden_address_gets_nothing(
    reached: dict[str, tuple[list[str], Visit]], way: str
) -> None:
    seen, visit = reached[way]
    assert seen == []
    assert "here" in rendered_text(visit)


@pytest.mark.timeout(480)  # the first of them reaches out in all ways at once
@pytest.mark.parametrize("way", SHOWN_BY_CONTROL)
def test_rendered_page_reaching_for_an_allowed_address_reaches_it(
    reached_where_allowed: dict[str, tuple[list[str], Visit]], way: str
) -> None:
    assert reached_where_allowed[way][0]


@pytest.mark.parametrize(
    "spelling", ["2130706509", "0x7f.77", "[::ffff:127.0.0.77]", "0.0.0.0", "[::1]", "169.254.169.254"]
)
def test_rendered_page_forbidden_address_in_any_spelling_gets_nothing(site: Site, spelling: str) -> None:
    with listening() as canary, listening("0.0.0.0") as any_address:
        port = any_address.port if spelling == "0.0.0.0" else canary.port
        place = f"{spelling}:{port}"
        site.pages["/a"] = page(
            f"fetch('http://{place}/', {{mode: 'no-cors'}}).catch(() => 0); new WebSocket('ws://{place}/')", "here"
        )
        (visit,), _ = render(f"{site.url}/a")
        assert canary.seen == any_address.seen == []
    assert "here" in rendered_text(visit)


@pytest.mark.parametrize("name", ["localhost", "localhost.", "LOCALHOST"])
def test_rendered_page_name_of_a_forbidden_address_gets_nothing(name: str) -> None:
    with serving(address="127.0.0.2") as site, listening("127.0.0.1") as canary:
        place = f"{name}:{canary.port}"
        ways = f"fetch('http://{place}/', {{mode: 'no-cors'}}).catch(() => 0); new WebSocket('ws://{place}/')"
        site.pages["/a"] = page(ways, f"here<link rel=preconnect href=http://{place}>")
        (visit,), _ = render(f"{site.url}/a", allow="127.0.0.2/32")
        assert canary.seen == []
    assert "here" in rendered_text(visit)


def test_rendered_page_does_not_read_files(site: Site) -> None:
    site.pages["/a"] = page(
        "fetch('file:///etc/hostname').then(r => r.text()).then(t => document.title = t).catch(() => 0)",
        "here<iframe src=file:///etc/hostname></iframe>",
    )
    (visit,), _ = render(f"{site.url}/a")
    assert "<title>t</title>" in rendered_text(visit)


def test_rendered_page_that_downloads_is_read_as_it_is(site: Site) -> None:
    site.pages["/file"] = Reply(
        b"x" * 1000, headers={"Content-Disposition": "attachment", "Content-Type": "application/x-it"}
    )
    site.pages["/a"] = page(
        "document.body.innerHTML += '<a id=d href=/file download>d</a>'; document.getElementById('d').click()", "here"
    )
    (visit,), _ = render(f"{site.url}/a")
    assert "here" in rendered_text(visit)


def test_rendered_page_script_may_lead_to_another_page_of_the_site(site: Site) -> None:
    site.pages["/a"] = page("location = '/b#top'")
    site.pages["/b"] = page("", "the story")
    (visit,), _ = render(f"{site.url}/a")
    assert "the story" in rendered_text(visit)
    assert visit.captures[-1].url == f"{site.url}/b"
    assert visit.captures[-1].requested_url == f"{site.url}/a"


def test_rendered_page_is_not_led_where_robots_forbids(site: Site) -> None:
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /b\n")
    site.pages["/a"] = page("location = '/b'", "here")
    (visit,), _ = render(f"{site.url}/a")
    assert "here" in rendered_text(visit)
    assert site.paths == ["/a"]


def test_rendered_page_address_written_by_a_script_is_not_believed(site: Site) -> None:
    site.pages["/a"] = page("history.pushState({}, '', '/next-story')", "here")
    (visit,), _ = render(f"{site.url}/a")
    assert visit.captures[-1].url == f"{site.url}/a"


def test_rendered_page_cookies_of_one_page_are_unknown_to_the_next(site: Site) -> None:
    site.pages["/a"] = page("document.cookie = 'seen=1'; localStorage.x = 1; fetch('/data')", "here")
    site.pages["/b"] = page("document.title = `${document.cookie}|${localStorage.x}`", "here")
    site.pages["/data"] = Reply(b"{}")
    visits, _ = render(f"{site.url}/a", f"{site.url}/b")
    texts = {visit.requested_url: rendered_text(visit) for visit in visits}
    assert "<title>|undefined</title>" in texts[f"{site.url}/b"]


@pytest.mark.parametrize("script", ["while (true) {}", "setTimeout(() => { while (true) {} }, 200)"])
def test_rendered_page_that_hangs_is_cut_and_the_next_gets_another_browser(site: Site, script: str) -> None:
    site.pages["/a"] = page(script)
    site.pages["/b"] = page("document.title = 'after'")
    visits, _ = render(f"{site.url}/a", f"{site.url}/b", timeout=timedelta(seconds=6))
    by_path = {visit.requested_url.rpartition("/")[2]: visit for visit in visits}
    failure = by_path["a"].failure
    assert failure is not None
    assert (failure.kind, failure.reason) == (Outcome.FAILED, "rendering it takes more than 6 s")
    assert [capture.status for capture in by_path["a"].captures] == [200]
    assert "<title>after</title>" in rendered_text(by_path["b"])


def test_rendered_page_that_eats_memory_is_ended_with_its_browser(site: Site) -> None:
    site.pages["/a"] = page(
        "const all = []; const eat = () => { all.push(new Uint8Array(3e7).fill(7)); fetch('/data');"
        " setTimeout(eat, 50) }; eat()"
    )
    (visit,), _ = render(f"{site.url}/a", memory=500_000_000)
    assert visit.failure is not None
    assert visit.failure.reason == "rendering it takes more than 500 MB of memory"


def test_rendered_page_larger_than_its_limit_fails(site: Site) -> None:
    site.pages["/a"] = page("document.body.append('x'.repeat(2e6))")
    (visit,), _ = render(f"{site.url}/a", max_bytes=1_000_000)
    assert visit.failure is not None
    assert visit.failure.reason == "the rendered page is larger than 1 MB"


def test_rendered_page_budgets_of_requests_and_bytes_are_kept(site: Site) -> None:
    site.pages["/a"] = page("for (let n = 0; n < 50; n++) fetch('/data?' + n).catch(() => 0)", "here")
    for n in range(50):
        site.pages[f"/data?{n}"] = Reply(b"{}")
    (visit,), _ = render(f"{site.url}/a", max_requests=7)
    assert "here" in rendered_text(visit)
    assert len(site.paths) == 8
    site.pages["/data?0"] = Reply(b"x" * 3_000_000)
    site.pages["/a"] = page(
        "fetch('/data?0').then(r => r.text()).then(t => document.title = t.length).catch(() => 0)", "here"
    )
    (visit,), run = render(f"{site.url}/a", max_bytes=500_000)
    assert "<title>t</title>" in rendered_text(visit)
    assert run.received_bytes < 700_000


def test_crawl_that_is_stopped_leaves_no_browser(site: Site) -> None:
    opened = threading.Event()

    def note(_: Handler) -> Reply:
        opened.set()
        return Reply(b"{}")

    site.pages["/a"] = page("fetch('/open').then(() => { while (true) {} })")
    site.pages["/open"] = note
    settings = Settings(
        crawler=CrawlerSettings(user_agent="Warraq/0 (+test@example.org)", delay=timedelta(0)),
        guard=GuardSettings(allow_networks=(ip_network("127.0.0.1/32"),)),
    )
    recorder = Recorder()

    async def main() -> None:
        async with aclosing(Renderer(settings.render)) as renderer:
            run = run_for(settings, recorder, site.url)
            run.renderer = renderer
            crawl = asyncio.ensure_future(carry_out(run, SourceSpider, plan=Plan(targets=(Target(f"{site.url}/a"),))))
            await asyncio.to_thread(opened.wait, 20)
            run.stop()
            await asyncio.wait_for(crawl, 30)

    run_loop(main, settings)
    assert recorder.visits == []
