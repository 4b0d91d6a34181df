"""Pages in the shape of publishing systems: the names and nesting that each gives an article, in our own words.

Each is a template of a whole body. ``{0}`` to ``{3}`` are the article's paragraphs; ``{title}``, ``{author}``,
``{caption}`` and ``{heading}`` what belongs to it. All else is furniture; the day is 28 November 2023 on all of them.
"""

from __future__ import annotations

_ELSEWHERE = (
    "Two goats that had been missing since the autumn fair were found on the roof of the old cannery this morning.",
    "The painters begin with the harbour wall on Monday, weather permitting, and ask that no boats moor there.",
)
_COMMENT = "I have said for years that a ferry in winter will never pay, and nobody ever listened to me about it."

SYSTEMS: dict[str, str] = {
    "wordpress_blocks": f"""
<div class="wp-site-blocks"><header class="wp-block-template-part"><nav class="wp-block-navigation"><ul>
<li><a href="/">Home</a></li><li><a href="/sea">Sea</a></li></ul></nav></header>
<main class="wp-block-group is-layout-flow"><div class="wp-block-group has-global-padding">
<h1 class="wp-block-post-title">{{title}}</h1><div class="wp-block-template-part"><div class="wp-block-group">
<div class="wp-block-post-date"><time datetime="2023-11-28T01:10:00+03:00"><a href="/t">November 28, 2023</a></time>
</div>
<p>—</p><p>by</p><div class="wp-block-post-author"><div class="wp-block-post-author__content">
<p class="wp-block-post-author__name">{{author}}</p></div></div>
<div class="taxonomy-category wp-block-post-terms"><a href="/category/sea" rel="tag">Sea</a></div></div></div>
<div class="entry-content wp-block-post-content has-global-padding is-layout-constrained"><p>{{0}}</p>
<figure class="wp-block-image size-large"><img src="/f.jpg">
<figcaption class="wp-element-caption">{{caption}}</figcaption>
</figure><p>{{1}}</p><h2 class="wp-block-heading">{{heading}}</h2><p>{{2}}</p>
<div class="wp-block-buttons"><div class="wp-block-button"><a class="wp-block-button__link" href="/s">Subscribe</a>
</div></div>
<p>{{3}}</p></div><div class="wp-block-comments"><h2 class="wp-block-comments-title">One response to “{{title}}”</h2>
<ol class="wp-block-comment-template"><li><div class="wp-block-comment-author-name">
<a href="http://x.example">Oda</a></div>
<div class="wp-block-comment-content"><p>{_COMMENT}</p></div></li></ol>
<h3 class="comment-reply-title">Leave a Reply</h3></div>
</div></main><footer class="wp-block-template-part"><p>Proudly powered by WordPress</p></footer></div>""",
    "ghost": f"""
<div class="gh-site"><header class="gh-head"><a class="gh-head-logo" href="/">The Islander</a></header>
<main class="gh-main">
<article class="gh-article post"><header class="gh-article-header gh-canvas">
<a class="gh-article-tag" href="/tag/sea/">Sea</a>
<h1 class="gh-article-title">{{title}}</h1><aside class="gh-article-sidebar"><div class="gh-author-name-list">
<h4 class="gh-article-author-name"><a href="/author/ann/">{{author}}</a></h4></div>
<div class="gh-article-meta-content">
<time class="gh-article-meta-date" datetime="2023-11-28">Nov 28, 2023</time> <span>3 min read</span></div></aside>
<figure class="gh-article-image"><img src="/f.jpg"><figcaption>{{caption}}</figcaption></figure></header>
<div class="gh-content gh-canvas"><p>{{0}}</p><p>{{1}}</p><h2 id="h">{{heading}}</h2><p>{{2}}</p><p>{{3}}</p>
<div class="kg-card kg-signup-card"><h2>Sign up for The Islander</h2><p>News of the sea, once a week.</p></div></div>
</article>
<section class="gh-subscribe"><form><input type="email"><button>Subscribe</button></form></section>
<aside class="gh-readmore"><h2>Read next</h2><article><h3><a href="/1">Goats on the cannery roof</a></h3>
<p>{_ELSEWHERE[0]}</p></article><article><h3><a href="/2">The harbour wall gets its paint</a></h3>
<p>{_ELSEWHERE[1]}</p></article></aside></main></div>""",
    "drupal": f"""
<div class="dialog-off-canvas-main-canvas"><div class="layout-container"><nav role="navigation"><a href="/">Home</a>
</nav>
<main role="main"><div class="region region-content"><div class="block block-page-title-block"><h1 class="page-title">
<span class="field field--name-title">{{title}}</span></h1></div>
<article class="node node--type-article node--view-mode-full">
<footer class="node__meta"><div class="node__submitted">Submitted by <span>
<a class="username" href="/user/7">{{author}}</a>
</span> on <span>Tue, 11/28/2023 - 21:14</span></div></footer><div class="node__content">
<div class="field field--name-field-image"><figure><img src="/f.jpg" width="640" height="480"><figcaption>{{caption}}
</figcaption></figure></div>
<div class="clearfix text-formatted field field--name-body field--label-hidden field__item">
<p>{{0}}</p><p>{{1}}</p><h2>{{heading}}</h2><p>{{2}}</p><p>{{3}}</p></div>
<div class="field field--name-field-tags"><div class="field__label">Tags</div><a href="/tags/sea">sea</a></div></div>
<section class="field--name-comment comment-wrapper"><h2 class="title">Comments</h2><article class="comment">
<p>{_COMMENT}</p>
</article></section></article></div></main></div></div>""",
    "joomla": """
<div class="body"><div class="container"><main id="content" role="main"><div class="com-content-article item-page"
 itemscope itemtype="https://schema.org/Article"><div class="page-header"><h1 itemprop="headline">{title}</h1></div>
<dl class="article-info text-muted"><dt class="article-info-term">Details</dt>
<dd class="createdby" itemprop="author">Written by: <span itemprop="name">{author}</span></dd>
<dd class="published">
<time datetime="2023-11-28T18:14:00+00:00" itemprop="datePublished">Published: 28 November 2023</time></dd>
<dd class="hits">Hits: 312</dd></dl><figure class="left item-image"><img src="/f.jpg">
<figcaption class="caption">{caption}
</figcaption></figure><div itemprop="articleBody" class="com-content-article__body"><p>{0}</p><p>{1}</p>
<h2>{heading}</h2><p>{2}</p><p>{3}</p></div><nav class="pagenavigation">
<a href="/a">Previous article: Goats found</a>
<a href="/b">Next article: A wall is painted</a></nav></div></main><div class="container-sidebar-right">
<h3>Latest Articles</h3>
<ul class="mod-articleslatest"><li><a href="/1">Goats on the cannery roof are well</a></li></ul></div></div></div>""",
    "blogger": f"""
<div class="main-outer"><div class="blog-posts hfeed"><h2 class="date-header"><span>Tuesday, November 28, 2023</span>
</h2>
<div class="post hentry"><h1 class="post-title entry-title">{{title}}</h1><div class="post-body entry-content">
<table class="tr-caption-container"><tbody><tr><td><a href="/f.jpg"><img src="/f.jpg"></a></td></tr>
<tr><td class="tr-caption">{{caption}}</td></tr></tbody></table>{{0}}<br /><br />{{1}}<br /><br /><b>{{heading}}</b>
<br /><br />
{{2}}<br /><br />{{3}}<div style="clear: both;"></div></div><div class="post-footer">
<span class="post-author vcard">Posted by
<span class="fn"><a href="/profile">{{author}}</a></span>
</span> <span class="post-timestamp">at <abbr class="published"
 title="2023-11-28T21:14:00+02:00">9:14 PM</abbr></span><span class="share-buttons">Email This BlogThis!</span></div>
</div>
<div class="comments"><h4>1 comment:</h4><p>{_COMMENT}</p></div><div class="blog-pager"><a href="/o">Older Post</a>
</div></div>
<div class="sidebar"><div class="widget"><h2>Blog Archive</h2><a href="/2023">2023 (12)</a></div></div></div>""",
    "squarespace": """
<main id="page"><article class="sections"><section class="page-section"><div class="content-wrapper">
<div class="blog-item-wrapper">
<article class="h-entry"><div class="blog-item-top-wrapper"><div class="blog-item-meta">
<time class="dt-published" datetime=
"Nov 28, 2023">Nov 28</time><span class="blog-author-name">{author}</span></div>
<h1 class="entry-title entry-title--large p-name">{title}</h1></div><div class="blog-item-content e-content">
<div class="sqs-layout sqs-grid-12"><div class="row sqs-row"><div class="col sqs-col-12">
<div class="sqs-block html-block">
<div class="sqs-block-content"><div class="sqs-html-content"><p>{0}</p></div></div></div>
<div class="sqs-block image-block"><figure class="sqs-block-image-figure"><img src="/f.jpg">
<figcaption class="image-caption-wrapper"><p>{caption}</p></figcaption></figure></div>
<div class="sqs-block html-block"><div class="sqs-block-content"><div class="sqs-html-content"><p>{1}</p>
<h2>{heading}</h2>
<p>{2}</p></div></div></div><div class="sqs-block newsletter-block"><form><h2>Subscribe</h2>
<p>Sign up with your email
 address to receive news and updates.</p><input type="email"></form></div><div class="sqs-block html-block">
<div class="sqs-block-content"><div class="sqs-html-content"><p>{3}</p></div></div></div></div></div></div></div>
</article></div></div></section></article></main>""",
    "soup": """
<div id="SITE_CONTAINER"><div id="comp-a1"><div class="x7"><a href="/">Home</a><a href="/blog">Blog</a></div></div>
<div id="comp-b2" class="y1"><div class="y2"><div class="y3"><a href="/profile/ann/profile"><span>{author}</span>
</a><span>·</span>
<span title="Nov 28, 2023">Nov 28, 2023</span><span>·</span><span>2 min read</span></div><h1><span>{title}</span>
</h1>
<div class="z1"><div class="z2"><div class="k8"><span class="k9">{0}</span></div><div class="k8">
<span class="k9">{1}</span>
</div><div class="w1"><div class="w2"><figure><img src="/f.jpg"><figcaption>{caption}</figcaption></figure></div>
</div>
<div class="k8"><h2><span>{heading}</span></h2></div><div class="k8"><span class="k9">{2}</span></div>
<div class="k8"><span class="k9">{3}</span></div></div></div></div></div><div id="comp-c3"><div>Recent Posts</div>
<div><a href="/1"><div>Goats on the cannery roof are well</div></a><a href="/2">
<div>The harbour wall gets its paint</div></a>
</div></div></div>""",
    "amp": """
<header class="amp-wp-header"><a href="/">The Islander</a></header><article class="amp-wp-article"><header
 class="amp-wp-article-header"><h1 class="amp-wp-title">{title}</h1><div class="amp-wp-meta amp-wp-byline">
<span class="amp-wp-author">{author}</span></div><div class="amp-wp-meta amp-wp-posted-on"><time
 datetime="2023-11-28T18:14:00+00:00">November 28, 2023</time></div></header>
<figure class="amp-wp-article-featured-image">
<amp-img src="/f.jpg" width="800" height="500" layout="responsive"><noscript><img src="/f.jpg"></noscript></amp-img>
<figcaption class="wp-caption-text">{caption}</figcaption></figure><div class="amp-wp-article-content"><p>{0}</p>
<amp-ad width="300" height="250" type="doubleclick"><div placeholder></div></amp-ad><p>{1}</p><h2>{heading}</h2>
<p>{2}</p>
<p>{3}</p></div><footer class="amp-wp-article-footer"><div class="amp-wp-meta amp-wp-tax-category">Categories:
<a href="/category/sea">Sea</a></div><amp-social-share type="email"></amp-social-share></footer></article>""",
    "tables": """
<table width="780" align="center"><tr><td colspan="3">
<a href="/">Home</a> | <a href="/sea">Sea</a> | <a href="/land">Land</a> |
<a href="/sky">Sky</a></td></tr><tr><td width="120"><a href="/1">Goats on the cannery roof</a><br>
<a href="/2">A wall is
 painted</a></td><td width="500"><font size="5"><b><h1>{title}</h1></b></font>
<font size="1">By {author}<br>28 November 2023
</font><table align="right" width="200"><tr><td><img src="/f.jpg" width="200"></td></tr><tr><td class="caption"><font
 size="1">{caption}</font></td></tr></table><font size="2">{0}<p>{1}<p><b>{heading}</b>
<p>{2}<p>{3}</font></td>
<td width="160"><b>Also today</b><br><a href="/3">Goats on the cannery roof</a><br><a href="/4">A wall is painted</a>
<br>
<a href="/5">Old nets wanted</a></td></tr></table>""",
    "bare_divs": """
<div class="css-1"><div class="css-2"><div class="css-3"><h1>{title}</h1><div class="css-4">
<a href="/authors/ann-lee">{author}
</a></div><div class="css-5">28 November 2023</div></div><div class="css-6"><img src="/f.jpg">
<div class="caption">{caption}
</div></div><div class="css-7">{0}<div class="css-8"></div><div>{1}</div><h3>{heading}</h3>
<div>{2}</div>{3}</div>
<div class="css-9"><h3>Most read</h3><ol><li><a href="/1">Goats on the cannery roof are well</a></li></ol></div>
</div></div>""",
}
"""By system; the text of blogger, soup and bare_divs stands in no paragraphs, that of the tables in unclosed ones."""
