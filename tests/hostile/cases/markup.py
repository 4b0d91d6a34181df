"""Markup that breaks parsers, or hides the article."""

from __future__ import annotations

from tests.hostile.case import Case
from tests.hostile.stories import story
from tests.publisher.replies import Reply

_REFUSED = "too deep|too large"


def _with(
    name: str, does: str, *, head: str = "", before: str = "", after: str = "", never: tuple[str, ...] = ()
) -> Case:
    """An article among such markup is archived whole."""
    told = story(name)
    return Case(
        f"markup/{name}",
        does,
        {"/story": told.reply(head=head, before=before, after=after)},
        title=told.title,
        text=told.paragraphs,
        never=never,
    )


def _page(name: str, does: str, page: str, expects: str = "not_an_article", why: str = "", **more: bool) -> Case:
    return Case(f"markup/{name}", does, {"/story": Reply.html(page)}, expects, why=why, slow=more.get("slow", False))


def _rewritten(name: str, does: str, *replacements: tuple[str, str]) -> Case:
    told = story(name)
    page = told.html()
    for old, new in replacements:
        page = page.replace(old, new)
    return Case(f"markup/{name}", does, {"/story": Reply.html(page)}, title=told.title, text=told.paragraphs)


_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
CASES = (
    _page(
        "100,000 levels",
        "nests 100,000 elements",
        "<!DOCTYPE html><title>Deep</title>" + "<div>" * 100_000,
        "refused",
        _REFUSED,
    ),
    _page(
        "3,000 levels closed",
        "nests 3,000 elements and closes them",
        "<!DOCTYPE html><title>Deep</title>" + "<div>" * 3000 + "words" + "</div>" * 3000,
        "refused",
        _REFUSED,
    ),
    _page(
        "1,000 tables",
        "nests 1,000 tables",
        "<!DOCTYPE html><title>Tables</title>" + "<table><tr><td>" * 1000 + "words",
        "refused",
        _REFUSED,
    ),
    _page(
        "400,000 elements",
        "has 400,000 empty elements",
        "<!DOCTYPE html><title>Wide</title>" + "<br>" * 400_000,
        "refused",
        _REFUSED,
    ),
    _page(
        "inline bomb",
        "nests 40,000 inline elements without closing them",
        "<!DOCTYPE html><title>Inline</title><p>" + "<b><i>x" * 20_000,
        "refused",
        _REFUSED,
    ),
    _with(
        "2,000 attributes",
        "has an element with 2,000 attributes",
        before="<div " + " ".join(f"a{n}=1" for n in range(2000)) + "></div>",
    ),
    Case(
        "markup/200,000 attributes",
        "has an element with 200,000 attributes, which libxml2 compares with each other",
        {"/story": story("attributes").reply(before="<div " + " ".join(f"x{n:x}" for n in range(200_000)) + "></div>")},
        "failed",
        why="extraction took more than",
        slow=True,
    ),
    _with("attribute of 1 MB", "has an attribute of 1 MB", before=f'<div data-state="{"x" * 1_000_000}"></div>'),
    _with(
        "script of 1 MB",
        "has a script of 1 MB",
        head=f"<script>var state = '{'x' * 1_000_000}';</script>",
        never=("state",),
    ),
    _with("comment of 1 MB", "has a comment of 1 MB", before=f"<!-- {'x ' * 500_000} -->"),
    _with("comment unclosed at the end", "leaves a comment open at its end", after="<!-- no end"),
    _with("style unclosed at the end", "leaves a style open at its end", after="<style>p { color: red"),
    _with(
        "template",
        "keeps more text in a template",
        after="<template><p>This is a template and no part of the story at all.</p></template>",
        never=("template",),
    ),
    _with(
        "noscript",
        "asks for JavaScript in a noscript",
        before="<noscript><p>Please enable JavaScript to view this site.</p></noscript>",
        never=("enable JavaScript",),
    ),
    _with(
        "hidden text",
        "hides text from people",
        after='<div style="display:none"><p>Cheap pills and watches of the best quality, order today.</p></div>',
        never=("Cheap pills",),
    ),
    _with(
        "iframe",
        "has frames of other sites",
        before='<iframe src="http://127.0.0.1/secret"></iframe><iframe srcdoc="<p>framed</p>"></iframe>',
        never=("framed",),
    ),
    _with("base elsewhere", "has a base element that leads to another site", head='<base href="http://127.0.0.1/">'),
    _with(
        "svg",
        "has a drawing with text",
        before="<svg><title>Logo of the paper</title><text>Drawn words</text></svg>",
        never=("Drawn words",),
    ),
    _with(
        "bad json-ld",
        "has JSON-LD that is no JSON",
        head='<script type="application/ld+json">{"@type": "NewsArticle", "headline": </script>',
    ),
    _with(
        "deep json-ld",
        "has JSON-LD nested 100,000 deep",
        head=f'<script type="application/ld+json">{"[" * 100_000}</script>',
    ),
    _with(
        "json-ld of numbers",
        "has JSON-LD whose every value is of the wrong type",
        head='<script type="application/ld+json">{"@type": 7, "headline": {"a": []}, "author": [[1]], "datePublished": true, "articleBody": null}</script>',
    ),
    _with(
        "json-ld bomb of keys",
        "has JSON-LD with 50,000 authors",
        head='<script type="application/ld+json">{"@type": "NewsArticle", "author": ['
        + ",".join(f'{{"name": "A{n}"}}' for n in range(50_000))
        + "]}</script>",
    ),
    _with(
        "20,000 meta",
        "has 20,000 meta elements",
        head="".join(f'<meta property="x:{n}" content="{n}">' for n in range(20_000)),
    ),
    _with("two bodies", "has two body elements", after="</body><body class=second>"),
    _with(
        "conditional comments",
        "has comments for Internet Explorer",
        before="<!--[if lt IE 9]><p>You are using an old browser.</p><![endif]-->",
        never=("old browser",),
    ),
    _with("cdata", "has a CDATA section in HTML", before="<![CDATA[ this is not a comment ]]>"),
    _with("processing instruction", "has PHP left in the page", before='<?php echo "secret"; ?>', never=("secret",)),
    _rewritten(
        "upper case",
        "writes its tags in capitals",
        ("<p>", "<P>"),
        ("</p>", "</P>"),
        ("<article>", "<ARTICLE>"),
        ("</article>", "</ARTICLE>"),
        ("<div", "<DIV"),
        ("</div>", "</DIV>"),
    ),
    _rewritten("unclosed paragraphs", "closes no paragraph", ("</p>", "")),
    _rewritten(
        "no head",
        "has no html, head or body element",
        ("</head>", ""),
        ("<head>", ""),
        ("<body>", ""),
        ("</body></html>", ""),
    ),
    _rewritten("no doctype", "has no doctype", ("<!DOCTYPE html>\n", "")),
    _rewritten(
        "xhtml",
        "says it is XHTML",
        (
            "<!DOCTYPE html>",
            '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">',
        ),
    ),
    _rewritten("one line", "is one line", ("\n", " ")),
    _rewritten("closed html", "closes its html element at once", ('dir="ltr">', 'dir="ltr"/>')),
    _rewritten("nul bytes between", "has a NUL byte in every tag", ("<p>", "<p\0>")),
    _rewritten("control characters", "has control characters in its text", (". ", ".\x01\x08\x0b\x1f ")),
    _rewritten("control references", "has references to characters that do not exist", (". ", ".&#0;&#1;&#xFFFF; ")),
    _rewritten(
        "wrong nesting",
        "closes its elements in the wrong order",
        ("</div></article></main>", "</main></article></div></b></table>"),
    ),
    _rewritten("entities", "writes its spaces as references", (" the ", "&#32;the&#x20;")),
    _page(
        "entity bomb",
        "declares entities that expand to 3 GB",
        f'<!DOCTYPE html [<!ENTITY l0 "lol">{_LAUGHS}]><title>Bomb</title><p>&l9;',
        "not_an_article",
    ),
    _page(
        "external entity",
        "declares an entity of a local file",
        '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><title>Entity</title><p>&x;',
        "not_an_article",
    ),
    _page(
        "frameset", "is a frameset", "<html><frameset cols='20%,*'><frame src=/menu><frame src=/text></frameset></html>"
    ),
    _page(
        "comments only",
        "has nothing but comments",
        "<!DOCTYPE html><html><!-- " + "words and words " * 1000 + " --></html>",
        why="empty",
    ),
    _page(
        "scripts only",
        "is built by scripts alone",
        "<!DOCTYPE html><title>App</title><div id=root></div><script>"
        + "var words = 'and words';" * 1000
        + "</script>",
        why="empty",
    ),
    _page("styles only", "has nothing but styles", "<!DOCTYPE html><style>" + "p { color: red } " * 1000 + "</style>"),
    _page("tag soup", "is 20,000 opening angle brackets", "<" * 20_000),
    _page("half tags", "is 20,000 tags without an end", "<html><p>" + "<a href=" * 20_000, "not_an_article"),
    _page(
        "ampersands", "is 500,000 ampersands", "<!DOCTYPE html><title>&</title><p>" + "&" * 500_000, "not_an_article"
    ),
    _page(
        "spaces for regexes",
        "has 500,000 spaces in its title",
        "<!DOCTYPE html><title>" + " " * 500_000 + "x</title><p>" + " \t" * 200_000 + "x",
    ),
    _page(
        "brackets for regexes",
        "has 100,000 opening brackets in its text",
        "<!DOCTYPE html><title>Brackets</title><article><p>" + "([{" * 100_000 + "</article>",
        slow=True,
    ),
    _page(
        "one word of 1 MB",
        "has one word of a million letters",
        "<!DOCTYPE html><title>Word</title><article><p>" + "x" * 1_000_000 + "</article>",
        "new",
    ),
    _page(
        "dates for regexes",
        "has 20,000 dates",
        "<!DOCTYPE html><title>Dates and dates</title><article>"
        + "<p>On 12 March 2024 and 2024-03-12 it rained.</p>" * 10_000
        + "</article>",
        slow=True,
    ),
    _page(
        "list of 20,000 items",
        "has a list of 20,000 items",
        "<!DOCTYPE html><title>Results of the vote</title><article><ul>"
        + "<li>A name and a number</li>" * 20_000
        + "</ul></article>",
        slow=True,
    ),
)
