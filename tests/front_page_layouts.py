"""Front pages of several makes, each with the links on it that are articles and those that are none."""

# ruff: noqa: E501 - markup is easiest to read on its own lines
from __future__ import annotations

from dataclasses import dataclass

HOST = "https://news.example"


@dataclass(frozen=True, slots=True)
class Layout:
    """A page, the paths of the articles on it, and article URLs known from a feed (there may be none)."""

    name: str
    page: str
    articles: frozenset[str]
    known: tuple[str, ...] = ()


def _html(body: str, language: str = "en") -> str:
    return f'<!DOCTYPE html><html lang="{language}"><head><title>x</title></head><body class="home blog">{body}</body></html>'


def _menu(*links: tuple[str, str], tag: str = "nav", css: str = "main-navigation") -> str:
    items = "".join(f'<li class="menu-item"><a href="{href}">{text}</a></li>' for href, text in links)
    return f'<{tag} class="{css}"><ul>{items}</ul></{tag}>'


def _wordpress() -> Layout:
    """The posts page of a WordPress theme with dated permalinks, widgets and a tag cloud."""
    titles = (
        ("2026/11/03/harbour-opens", "Harbour opens after the storm"),
        ("2026/11/02/vote", "Vote"),
        ("2026/10/30/council-votes-down-the-budget", "Council votes down the budget"),
    )
    posts = "".join(
        f'<article class="post type-post"><header class="entry-header"><h2 class="entry-title"><a href="/{path}/" '
        f'rel="bookmark">{title}</a></h2></header><div class="entry-meta"><span class="byline"><a class="url" '
        f'href="/author/sara/">Sara</a></span> <a href="/{path}/"><time>3 Nov</time></a></div><p>Some words '
        f'<a href="/{path}/#more" class="more-link">Continue reading</a></p><footer class="entry-footer"><span '
        f'class="cat-links"><a href="/category/town-and-country/">Town and country</a></span><span class="tags-links">'
        f'<a href="/tag/harbour/">harbour</a></span><a href="/{path}/#comments">4 comments</a></footer></article>'
        for path, title in titles
    )
    side = (
        '<aside id="secondary"><section class="widget widget_archive"><ul><li><a href="/2026/11/">November 2026</a></li>'
        '<li><a href="/2026/10/">October 2026</a></li></ul></section><div class="tagcloud"><a href="/tag/sea/">sea</a>'
        '</div><a href="/wp-login.php">Log in</a><a href="/feed/">Entries feed</a></aside>'
    )
    menu = _menu(("/", "Home"), ("/about/", "About"), ("/our-team-and-how-we-work/", "Our team and how we work"))
    pages = '<nav class="navigation pagination"><div class="nav-links"><a href="/page/2/">2</a></div></nav>'
    body = f'<header id="masthead">{menu}</header><main>{posts}{pages}</main>{side}<footer><a href="/privacy-policy/">Privacy</a></footer>'
    return Layout("wordpress", _html(body), frozenset(f"/{path}/" for path, _ in titles))


def _undated_slugs() -> Layout:
    """A magazine whose articles stand at the root, as its sections and pages do."""
    titles = (
        ("why-the-ferries-stopped-running", "Why the ferries stopped running"),
        ("tidal-power", "Tidal power comes to the estuary at last"),
        ("a-night-at-the-clinic", "A night at the clinic"),
        ("bell-ringers", "The village that ran out of bell ringers"),
    )
    cards = "".join(
        f'<div class="card"><a href="/{path}"><img src="/i/{path}.jpg" alt=""></a><h3><a href="/{path}">{title}</a></h3>'
        f'<a class="kicker" href="/culture">Culture</a></div>'
        for path, title in titles
    )
    menu = _menu(
        ("/culture", "Culture"),
        ("/science-technology-and-nature", "Science, technology and nature"),
        ("/podcasts", "Podcasts"),
    )
    block = '<section><h2><a href="/science-technology-and-nature">Science, technology and nature</a></h2></section>'
    promo = '<section class="promo"><h2><a href="/subscribe">Subscribe to our newsletter for more</a></h2></section>'
    body = f'<header><a href="/">The Estuary</a>{menu}</header><main>{cards}{block}{promo}</main><footer class="site-footer"><a href="/terms-of-service-and-your-rights">Terms of service and your rights</a></footer>'
    return Layout("undated slugs", _html(body), frozenset(f"/{path}" for path, _ in titles))


def _numeric() -> Layout:
    """An Arabic portal of the old kind: tables, numbers for names, everything in divs."""
    titles = (
        ("news/48813", "وزارة الصحة تعلن حملة تلقيح في ريف إدلب"),
        ("news/48812", "انقطاع الكهرباء عن أحياء حلب الشرقية"),
        ("news/48790", "عاجل"),
        ("opinion/48801", "عن الذاكرة والمدينة وما يبقى منهما"),
    )
    rows = "".join(
        f'<tr><td><a href="/{path}"><img src="/t/{path}.jpg"></a></td><td><a href="/{path}" class="title">{title}</a></td></tr>'
        for path, title in titles
    )
    menu = '<div id="menu"><a href="/section/1">سياسة</a> <a href="/section/2">اقتصاد</a> <a href="/writers/7">كتاب الرأي</a></div>'
    foot = '<div class="footer"><a href="/page/5">من نحن</a> <a href="/contact">اتصل بنا</a> <a href="/archive/2026/11">الأرشيف</a></div>'
    body = f"{menu}<table>{rows}</table><a href='/news?page=2'>المزيد</a>{foot}"
    return Layout("numeric", _html(body, "ar"), frozenset(f"/{path}" for path, _ in titles))


def _arabic_slugs() -> Layout:
    """Percent-encoded and raw Arabic slugs, as WordPress in Arabic writes them."""
    encoded = "/%D8%B3%D9%88%D8%B1%D9%8A%D8%A7-%D8%AA%D8%B9%D9%84%D9%86-%D8%B9%D9%86-%D8%A7%D8%AA%D9%81%D8%A7%D9%82/"
    menu = _menu(
        ("/تصنيف/سياسة/", "سياسة"), ("/من-نحن/", "من نحن"), ("/قسم/اقتصاد/", "اقتصاد"), tag="div", css="header-menu"
    )
    cards = (
        f'<div class="jeg_post"><h3 class="jeg_post_title"><a href="{encoded}">سوريا تعلن عن اتفاق</a></h3></div>'
        '<div class="jeg_post"><h3 class="jeg_post_title"><a href="/أزمة-المياه-في-الحسكة/">أزمة المياه في الحسكة تدخل عامها الثالث</a></h3>'
        '<a href="/كاتب/رنا/">رنا</a><a href="/وسم/الحسكة/">الحسكة</a></div>'
    )
    raw = "/%D8%A3%D8%B2%D9%85%D8%A9-%D8%A7%D9%84%D9%85%D9%8A%D8%A7%D9%87-%D9%81%D9%8A-%D8%A7%D9%84%D8%AD%D8%B3%D9%83%D8%A9/"
    return Layout("arabic slugs", _html(menu + cards, "ar"), frozenset({encoded, raw}))


def _query_ids() -> Layout:
    """Articles by query string: WordPress without pretty URLs, and an old ASP system."""
    body = (
        '<ul id="nav"><li><a href="/?cat=3">Politics</a></li><li><a href="/?page_id=2">About us and our work</a></li></ul>'
        '<h2><a href="/?p=123">Harbour opens after the storm</a></h2><p><a href="/?p=123#comments">2 comments</a></p>'
        '<h2><a href="/?p=124">Vote</a></h2><div><a href="/story.aspx?id=77&amp;sec=4">Council votes down budget again</a></div>'
        '<div><a href="/list.aspx?sec=4">More from the council and its committees</a></div><a href="/?paged=2">Older posts</a>'
        '<a href="/?m=202611">November 2026</a><a href="/?author=1">sara</a><a href="/?s=storm">storm</a>'
    )
    return Layout("query ids", _html(body), frozenset({"/?p=123", "/?p=124", "/story.aspx?id=77&sec=4"}))


def _static_site() -> Layout:
    """What a static generator writes: flat .html files, and lists of categories and tags."""
    titles = (
        ("harbour-opens.html", "Harbour opens after the storm"),
        ("marrow-record-broken.html", "Marrow record broken"),
    )
    posts = "".join(
        f'<article class="hentry"><h1><a href="/{path}" rel="bookmark">{title}</a></h1><div><p>By <a class="url fn" '
        f'href="/author/tom.html">Tom</a> in <a href="/category/town.html">town</a></p></div></article>'
        for path, title in titles
    )
    menu = _menu(("/pages/about.html", "About"), ("/category/town.html", "town"), ("/archives.html", "Archives"))
    social = '<div class="social"><ul><li><a href="https://other.example/a-long-headline-elsewhere-2026">A long headline elsewhere</a></li></ul></div>'
    return Layout(
        "static site",
        _html(f'<header id="banner">{menu}</header><section id="content">{posts}</section>{social}'),
        frozenset(f"/{path}" for path, _ in titles),
    )


def _sections_under_sections() -> Layout:
    """A newspaper with short names under sections; only its feed tells what an article's URL looks like."""
    known = tuple(
        f"{HOST}/world/{word}-{word}-c{number}"
        for number, word in enumerate(("storm", "vote", "ferry", "school"), start=4410)
    )
    menu = _menu(("/world", "World"), ("/world/middle-east", "Middle East"), ("/business/market-data", "Market data"))
    cards = (
        '<div data-testid="card"><a href="/world/talks-resume-c4501"><h2>Talks resume</h2></a></div>'
        '<div data-testid="card"><a href="/sport/cup-final-c4502"><div><h2>Cup final is moved to Sunday</h2><p>Rain.</p></div></a></div>'
        '<h2><a href="/world/middle-east">Middle East</a></h2><a href="/world/storm-c4503">Storm</a>'
        '<div class="most-read"><ol><li><a href="/world/bridge-shut-c4504">Bridge is shut again</a></li></ol></div>'
    )
    listed = {"/world/talks-resume-c4501", "/sport/cup-final-c4502", "/world/storm-c4503", "/world/bridge-shut-c4504"}
    return Layout("known shape", _html(f"<header>{menu}</header><main>{cards}</main>"), frozenset(listed), known)


def layouts() -> tuple[Layout, ...]:
    """All of them."""
    made = (_wordpress, _undated_slugs, _numeric, _arabic_slugs, _query_ids, _static_site, _sections_under_sections)
    return tuple(make() for make in made)
