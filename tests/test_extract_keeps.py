"""What must never be lost: articles about the very things furniture is made of, and the short lines of real text."""

from __future__ import annotations

import pytest

from tests.made_pages import PROSE, TITLE, article_page, lines_of, paragraphs, read

ABOUT_FURNITURE = {
    "donations": (
        "Donations to the hospital doubled this year, the charity said in its annual report on Monday.",
        "Anyone who wants to donate can do so at the town hall, where volunteers collect one dollar a month.",
        "“Your support keeps the ward open,” the director told donors. “We need you more than ever.”",
        "The tax office will treat every donation as tax-deductible from January.",
    ),
    "newsletters": (
        "The newsletter has outlived the newspaper that founded it, and now counts forty thousand subscribers.",
        "Its editor says readers subscribe because it arrives before breakfast and ends after four paragraphs.",
        "“I never asked anyone to sign up,” she said. “They forwarded it to each other.”",
        "Advertisers followed, first slowly and then all at once.",
    ),
    "facebook": (
        "Facebook said on Wednesday that it would close the page of the group, which has nine hundred followers.",
        "The group had asked people to follow and share its posts about the strike in the harbour.",
        "Twitter and Telegram, where it is also active, have not answered our questions.",
        "A court will hear the complaint against Facebook in March.",
    ),
    "cookies and comments": (
        "The regulator fined the shop for the way its website asks visitors to accept cookies.",
        "Comments on the draft law can be sent to the ministry until the end of the month.",
        "Most of the comments so far come from the advertising trade.",
        "Related cases are pending in two other countries, the regulator said.",
    ),
}
ARABIC_DONATIONS = (
    "أطلقت جمعية خيرية حملة تبرع لترميم مدرسة القرية بعد أن دمرت السيول سقفها الشتاء الماضي.",
    "وقالت مديرة الجمعية إن قيمة التبرعات بلغت حتى الآن عشرين ألف دولار، وإن التبرع مفتوح حتى نهاية الشهر.",
    "ودعت الأهالي إلى دعم الحملة بما يستطيعون، ولو بدولار واحد شهريًا.",
    "ادعم طفلًا ليعود إلى مدرسته، هكذا كتب التلاميذ على جدار الصف.",
)


@pytest.mark.parametrize("topic", ABOUT_FURNITURE)
def test_extract_article_about_furniture_stays_whole(topic: str) -> None:
    texts = ABOUT_FURNITURE[topic]
    assert lines_of(article_page(paragraphs(*texts))) == list(texts)


def test_extract_arabic_article_about_donations_stays_whole() -> None:
    page = article_page(paragraphs(*ARABIC_DONATIONS), title="حملة تبرع لترميم مدرسة القرية")
    assert lines_of(page) == list(ARABIC_DONATIONS)


def test_extract_article_beside_donation_link_keeps_its_paragraphs() -> None:
    appeal = '<p>Support independent journalism</p><p><a href="/donate">Donate now</a></p>'
    texts = ABOUT_FURNITURE["donations"]
    assert lines_of(article_page(paragraphs(*texts) + appeal)) == list(texts)


def test_extract_interview_questions_survive() -> None:
    texts = (PROSE[0], "Why now?", PROSE[1], "And the money?", PROSE[2], "Who decides?", PROSE[3])
    assert lines_of(article_page(paragraphs(*texts))) == list(texts)


def test_extract_verse_lines_survive() -> None:
    verse = ("The tide goes out,", "the tide comes in,", "and no one asks the sea", "where it has been.")
    inner = paragraphs(*PROSE[:2]) + f"<blockquote>{'<br>'.join(verse)}</blockquote>" + paragraphs(*PROSE[2:])
    assert lines_of(article_page(inner)) == [*PROSE[:2], *verse, *PROSE[2:]]


def test_extract_lists_and_quotes_and_headings_survive() -> None:
    items = ("Two crossings a day", "Room for forty cars", "A café on deck")
    inner = (
        paragraphs(*PROSE[:2])
        + "<h2>What the plan says</h2><ul>"
        + "".join(f"<li>{item}</li>" for item in items)
        + "</ul><blockquote><p>“We have waited long enough,” said the mayor.</p></blockquote>"
        + paragraphs(*PROSE[2:])
    )
    expected = [*PROSE[:2], "What the plan says", *items, "“We have waited long enough,” said the mayor.", *PROSE[2:]]
    assert lines_of(article_page(inner)) == expected


@pytest.mark.parametrize("box", ["<article>{}</article>", "{}"])
def test_extract_list_at_the_end_survives_and_the_links_below_go(box: str) -> None:
    names = ("Ahmad Ali, 24", "Sara Hasan, 31")
    stories = "".join(f"<li><a href=/{n}>Another story of the town, number {n}</a>" for n in range(4))
    listed = "<h3>The victims</h3><ul>{}</ul>".format("".join(f"<li>{name}</li>" for name in names))
    below = f"<div class=share><a href=#>Share</a></div><h3>More stories</h3><ul>{stories}</ul>"
    page = f"<body><h1>{TITLE}</h1>{box.format(paragraphs(*PROSE) + listed)}{below}</body>"
    assert lines_of(page) == [*PROSE, "The victims", *names]


@pytest.mark.parametrize(
    "last", ["He was 84.", "No one was hurt.", "The vote is on 4 May.", "“We will be back,” she said."]
)
def test_extract_short_final_paragraph_survives(last: str) -> None:
    assert lines_of(article_page(paragraphs(*PROSE, last)))[-1] == last


def test_extract_linked_sentences_survive() -> None:
    linked = (
        '<p>The report, <a href="/r">published on Sunday</a>, names <a href="/o">two owners</a> and their debts.</p>'
    )
    assert (
        "two owners and their debts."
        in read(article_page(paragraphs(*PROSE[:2]) + linked + paragraphs(*PROSE[2:]))).text
    )


def test_extract_embedded_post_stays_as_quote() -> None:
    post = (
        '<div class="embed social-embed"><blockquote class="twitter-tweet"><p>The ferry is late again, as it was '
        'yesterday and the day before.</p>&mdash; Islander <a href="https://t.example/1">May 2</a></blockquote></div>'
    )
    assert "The ferry is late again" in read(article_page(paragraphs(*PROSE[:2]) + post + paragraphs(*PROSE[2:]))).text


def test_extract_article_in_divs_and_breaks_is_read() -> None:
    assert lines_of(article_page("<br><br>".join(PROSE))) == list(PROSE)


def test_extract_article_in_layout_table_is_read() -> None:
    inner = f"<table><tr><td>{paragraphs(*PROSE)}</td></tr></table>"
    assert lines_of(article_page(inner)) == list(PROSE)


def test_extract_article_swallowed_by_unclosed_button_is_read() -> None:
    page = article_page(paragraphs(*PROSE), before='<div class="bar"><button class="menu">')
    assert lines_of(page) == list(PROSE)


def test_extract_article_under_application_root_beside_many_links_is_read() -> None:
    links = "".join(f'<li><a href="/c/{n}">Category of goods number {n}</a></li>' for n in range(150))
    page = article_page(
        paragraphs(*PROSE), before=f'<div id="__next" class="next-menu"><ul>{links}</ul>', after="</div>"
    )
    assert lines_of(page) == list(PROSE)


def test_extract_first_paragraph_that_repeats_the_headline_in_a_sentence_survives() -> None:
    first = f"{TITLE}, as it had been expected to do since the engineers fell out with the builders in June."
    assert lines_of(article_page(paragraphs(first, *PROSE)))[0] == first


def test_extract_name_under_a_quotation_is_not_taken_for_the_byline() -> None:
    quote = "<blockquote><p>We were never asked, and nobody has told us why.</p><p>Ann Lee</p></blockquote>"
    body = f"<p>By Ann Lee</p>{paragraphs(PROSE[0])}{quote}{paragraphs(*PROSE[1:])}"
    text = read(article_page(body, head='<meta name="author" content="Ann Lee">')).text.split("\n")
    assert text[1:3] == ["We were never asked, and nobody has told us why.", "Ann Lee"]


def test_extract_teasers_under_a_heading_of_other_stories_go_however_long() -> None:
    summary = (
        "The council heard of it for the first time on Monday, and put it on the list of what it will look into. " * 3
    )
    box = "<div class='item'><div><a href='/{0}'>Another story of the harbour, number {0}</a></div><p>{1}</p></div>"
    boxes = "".join(box.format(n, summary) for n in range(6))
    after = f"<div class='more'><h2>Related stories</h2>{boxes}</div>"
    assert lines_of(article_page(paragraphs(*PROSE), after=after)) == list(PROSE)


def test_extract_list_that_is_the_article_survives_under_its_list_of_contents() -> None:
    entry = "<div class='item'><div><a href='/{0}'>Village number {0} of the island</a></div><p>{1}</p></div>"
    entries = "".join(entry.format(n, PROSE[n % 4]) for n in range(4))
    contents = "<h2>In this article</h2><ul><li><a href='#a'>Villages</a></li></ul>"
    opening = "Four villages are waiting for the ferry, and the people in each of them have reasons of their own."
    lines = lines_of(article_page(f"{contents}<p>{opening}</p>{entries}"))
    assert [line for line in lines if line in PROSE] == list(PROSE)


@pytest.mark.parametrize("name", ["link", "bottom", "meta"])
def test_extract_first_paragraph_under_a_name_that_trafilatura_distrusts_survives(name: str) -> None:
    first = "The council met on Monday for the first time since the summer, and sat until long after midnight."
    assert lines_of(article_page(f'<p class="{name}">{first}</p>{paragraphs(*PROSE)}')) == [first, *PROSE]


def _broken_at(word: str, markup: str) -> tuple[str, str]:
    """The second paragraph of the prose with a word of it in markup of its own, and the paragraph as it is read."""
    text = PROSE[1]
    assert text.count(word) == 1
    return f"<p>{text.replace(word, markup)}</p>", text


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("</span>engineers", id="stray end"),
        pytest.param('<span id="more-91292"></span>engineers', id="WordPress's end of a teaser"),
        pytest.param("<span></span>engineers", id="empty element"),
        pytest.param('<span class="ticker" data-symbol="ENG">engineers</span>', id="ticker"),
        pytest.param('<a class="share-link" href="/engineers">engineers</a>', id="share"),
        pytest.param('<a class="related" href="/engineers">engineers</a>', id="related"),
        pytest.param("<code>engineers</code>", id="code"),
    ],
)
def test_extract_words_within_a_sentence_survive(markup: str) -> None:
    broken, whole = _broken_at("engineers", markup)
    page = article_page(paragraphs(PROSE[0]) + broken + paragraphs(*PROSE[2:]))
    assert lines_of(page) == [PROSE[0], whole, *PROSE[2:]]


def test_extract_words_for_screen_readers_are_left_out_of_a_sentence() -> None:
    broken, whole = _broken_at("engineers", '<span class="screen-reader-text">opens in a new window </span>engineers')
    page = article_page(paragraphs(PROSE[0]) + broken + paragraphs(*PROSE[2:]))
    assert lines_of(page) == [PROSE[0], whole, *PROSE[2:]]


@pytest.mark.parametrize("box", ["story-image image-right", "fotoBig clearfix", "img_wrapper"])
def test_extract_words_beside_a_picture_in_its_box_are_its_caption(box: str) -> None:
    said = "The only vessel lies in the harbour since it broke down in its first winter"
    picture = f'<div class="{box}"><img src="/vessel.jpg"><div style="width:300px">{said}</div></div>'
    found = read(article_page(paragraphs(PROSE[0]) + picture + paragraphs(*PROSE[1:])))
    assert found.text.split("\n") == list(PROSE)
    assert [(image.url, image.caption) for image in found.images] == [("https://islander.example/vessel.jpg", said)]


def test_extract_paragraphs_beside_a_picture_stay_text() -> None:
    picture = f'<div class="story-image"><img src="/vessel.jpg"><p>{PROSE[1]}</p></div>'
    assert lines_of(article_page(paragraphs(PROSE[0]) + picture + paragraphs(*PROSE[2:]))) == list(PROSE)


@pytest.mark.parametrize("name", ["comentarios", "kommentare", "commentaires", "yorumlar"])
def test_extract_comments_in_a_box_named_in_its_language_go(name: str) -> None:
    post = "<h4>#1</h4><p>I never saw a council here that did what it said it would do.</p>"
    page = article_page(paragraphs(*PROSE) + f'<div id="{name}"><ul><li>{post}</li></ul></div>')
    assert lines_of(page) == list(PROSE)


def test_extract_headings_of_a_sidebar_that_head_nothing_go_and_those_of_a_list_stay() -> None:
    sidebar = "<h3>Archive</h3><h6>2026</h6><h3>Categories</h3><h3>Feeds</h3><p>Atom</p>"
    assert lines_of(article_page(paragraphs(*PROSE) + sidebar)) == list(PROSE)
    stages = "".join(f"<h3>Stage {n}</h3><p>It ends in village {n}.</p>" for n in ("one", "two", "three"))
    found = lines_of(article_page(paragraphs(*PROSE) + stages))
    assert found[len(PROSE) :] == [
        line for n in ("one", "two", "three") for line in (f"Stage {n}", f"It ends in village {n}.")
    ]


def test_extract_rest_of_a_story_that_a_click_unfolds_stays() -> None:
    back = (" ".join(reversed(text.rstrip(".").split())) for text in PROSE * 2)
    rest = [f"Day {n} went by, and so he went on: {text}, and stopped at {n + 40} past." for n, text in enumerate(back)]
    shown = [*PROSE, "Every seat of the hall was taken when the mayor, who is not a member, asked to be heard at ten."]
    folded = f'<hr><div class="toggle-group hideOnInit" data-toggle-group="story-1">{paragraphs(*rest)}</div>'
    page = article_page(paragraphs(*shown) + folded)
    assert lines_of(page) == [*shown, *rest]


def test_extract_text_without_a_paragraph_below_the_last_heading_stays() -> None:
    last = "The members meet again in May, when the engineers’ second report is to be on the table in both languages."
    page = article_page(f"{paragraphs(*PROSE)}<h2>What comes next</h2><div>{last}</div>")
    assert lines_of(page) == [*PROSE, "What comes next", last]
