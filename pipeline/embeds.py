"""Posts and videos of other sites that an article shows: where they are on the page, and the address of each.

A publisher embeds a post by its network's own markup (a ``blockquote`` with a class), by a frame, by an AMP element or
by a script with the post's name; WordPress leaves the bare address where it could not fetch the post. Buttons to share
or follow are frames of the same networks and are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from lxml.etree import XPath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from pipeline.outline import Outline

_MOST = 2000
_BLOCKQUOTES = re.compile(
    r"\b(?:twitter-tweet|twitter-video|instagram-media|tiktok-embed|bluesky-embed|mastodon-embed|threads-post|"
    r"reddit-embed-bq|text-post-media)\b"
)
_FACEBOOK = re.compile(r"\bfb-(?:post|video)\b")
_facebook_boxes: Any = XPath("descendant::div[@data-href]")
_FRAME_SOURCES = ("src", "data-src", "data-lazy-src", "data-original")
# What an address of each site looks like, and the address that a reader can open; the groups of the first fill it.
_FORMS = tuple(
    (provider, re.compile(pattern, re.IGNORECASE), form)
    for provider, pattern, form in (
        (
            "youtube",
            r"//(?:www\.|m\.)?youtube(?:-nocookie)?\.com/(?:embed|v|shorts|live)/(?!videoseries|live_stream)([\w-]{6,20})",
            "https://www.youtube.com/watch?v={}",
        ),
        (
            "youtube",
            r"//(?:www\.|m\.)?youtube\.com/watch\?(?:.*&)?v=([\w-]{6,20})",
            "https://www.youtube.com/watch?v={}",
        ),
        ("youtube", r"//youtu\.be/([\w-]{6,20})", "https://www.youtube.com/watch?v={}"),
        (
            "youtube",
            r"//(?:www\.)?youtube(?:-nocookie)?\.com/embed/videoseries\?(?:.*&)?list=([\w-]+)",
            "https://www.youtube.com/playlist?list={}",
        ),
        ("x", r"//(?:www\.|mobile\.)?(?:twitter|x)\.com/(\w+)/status(?:es)?/(\d+)", "https://x.com/{}/status/{}"),
        ("x", r"//platform\.(?:twitter|x)\.com/embed/tweet\.html\?(?:.*&)?id=(\d+)", "https://x.com/i/status/{}"),
        (
            "instagram",
            r"//(?:www\.)?instagram\.com/(?:\w[\w.]*/)?(p|reel|tv)/([\w-]+)",
            "https://www.instagram.com/{}/{}/",
        ),
        ("telegram", r"//(?:t\.me|telegram\.me)/(?:s/)?(\w{4,})/(\d+)", "https://t.me/{}/{}"),
        ("tiktok", r"//(?:www\.)?tiktok\.com/(@[\w.]+/video/\d+)", "https://www.tiktok.com/{}"),
        ("tiktok", r"//(?:www\.)?tiktok\.com/embed/(?:v\d/)?(\d+)", "https://www.tiktok.com/embed/v2/{}"),
        ("threads", r"//(?:www\.)?threads\.(?:net|com)/(@[\w.]+/post/[\w-]+)", "https://www.threads.net/{}"),
        ("bluesky", r"//bsky\.app/profile/([^/?#]+)/post/(\w+)", "https://bsky.app/profile/{}/post/{}"),
        (
            "facebook",
            r"//(?:www\.|m\.|web\.)?facebook\.com/((?:[\w.-]+/(?:posts|videos|photos)/|watch/?\?v=|reel/|"  # noqa: ISC004 - one pattern
            r"permalink\.php\?|photo(?:\.php)?/?\?|story\.php\?)[^\s\"]+)",
            "https://www.facebook.com/{}",
        ),
        ("vimeo", r"//player\.vimeo\.com/video/(\d+)", "https://vimeo.com/{}"),
        ("vimeo", r"//(?:www\.)?vimeo\.com/(\d+)", "https://vimeo.com/{}"),
        (
            "dailymotion",
            r"//(?:www\.|geo\.)?dailymotion\.com/(?:embed/)?video/(\w+)",
            "https://www.dailymotion.com/video/{}",
        ),
        ("soundcloud", r"//(?:www\.)?soundcloud\.com/([\w-]+/[\w-]+)", "https://soundcloud.com/{}"),
    )
)
# Frames that name the post in a field of their own address.
_WRAPPERS = re.compile(
    r"(?i)//(?:www\.)?facebook\.com/plugins/(?:post|video)\.php|//w\.soundcloud\.com/player|//(?:cdn\.)?iframe\.ly/|"
    r"//cdn\.embedly\.com/widgets"
)
_WRAPPED = ("href", "url", "src")
_MASTODON = re.compile(r"(?i)^(https://[^/]+/@[^/]+/\d+)/embed")
_BARE = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Post:
    """One embedded post or video: the element that shows it, the site it is of, and its address there."""

    element: HtmlElement
    provider: str
    url: str


def find_posts(outline: Outline) -> list[Post]:
    """The embedded posts and videos of a page as parsed, in order, each once."""
    tree = outline.elements[0]
    shown = [*tree.iter(*_READERS), *_facebook_boxes(tree)][:_MOST]
    found: dict[str, Post] = {}
    for element in sorted(shown, key=outline.position.__getitem__):
        for address in _READERS.get(str(element.tag), _of_box)(element):
            if known := recognise(address):
                found.setdefault(known[1], Post(element, *known))
                break
    return list(found.values())


def recognise(address: str) -> tuple[str, str] | None:
    """Provider and address of the post or video that an address stands for; None for anything else."""
    if _WRAPPERS.search(address):
        fields = parse_qs(urlsplit(address).query) if "[" not in address else {}
        address = next((unquote(fields[name][0]) for name in _WRAPPED if name in fields), "")
    if mastodon := _MASTODON.match(address):
        return "mastodon", mastodon[1]
    for provider, pattern, form in _FORMS:
        if match := pattern.search(address):
            return provider, form.format(*match.groups())
    return None


def recognise_bare(line: str) -> tuple[str, str] | None:
    """The same for a line of text that is an address and nothing else."""
    line = line.strip()
    return recognise(line) if _BARE.fullmatch(line) else None


def is_post(element: HtmlElement) -> bool:
    """Whether an element is a quotation of a post in its network's own markup."""
    return element.tag == "blockquote" and _BLOCKQUOTES.search(element.get("class") or "") is not None


def _of_quote(quote: HtmlElement) -> Iterator[str]:
    if not is_post(quote):
        return
    for name in ("data-instgrm-permalink", "cite", "data-text-post-permalink"):
        yield quote.get(name) or ""
    # A post may link to others; its own date stands last.
    for anchor in reversed(list(quote.iter("a"))):
        yield anchor.get("href") or ""


def _of_frame(frame: HtmlElement) -> Iterator[str]:
    for name in _FRAME_SOURCES:
        yield frame.get(name) or ""


def _of_box(box: HtmlElement) -> Iterator[str]:
    if _FACEBOOK.search(box.get("class") or ""):
        yield box.get("data-href") or ""


def _of_script(script: HtmlElement) -> Iterator[str]:
    if post := script.get("data-telegram-post"):
        yield f"https://t.me/{post}"


def _of_amp(element: HtmlElement) -> Iterator[str]:
    tweet, video = element.get("data-tweetid"), element.get("data-videoid") or element.get("videoid")
    if tweet:
        yield f"https://x.com/i/status/{tweet}"
    if video:
        yield f"https://youtu.be/{video}"
    if code := element.get("data-shortcode"):
        yield f"https://www.instagram.com/p/{code}/"
    yield element.get("data-href") or ""


_READERS = {
    "blockquote": _of_quote,
    "iframe": _of_frame,
    "script": _of_script,
    **dict.fromkeys(("amp-twitter", "amp-youtube", "amp-instagram", "amp-facebook", "lite-youtube"), _of_amp),
}
