"""The ``warraq.toml`` that ``warraq init`` writes."""

TEMPLATE = """\
# Warraq's configuration. Every key is optional but those of a source that have no default.
# Durations: "30s", "15m", "6h", "2d", or 0. Sizes: "500kB", "20MB", "1GB". Relative paths start at this file.

[archive]
database = "sqlite:///warraq.db"  # or postgresql+psycopg://user@host/name
warc_dir = "warc"                 # what was received, as WARC files
# warc_store = "s3://bucket/warc" # finished WARC files go there (any fsspec URL), and are read from there

[crawler]
contact = ""                      # a mail address or page where publishers reach you; it goes out with each request
# user_agent = ""                 # left out: Warraq, its version and the contact
# delay = "1s"                    # between two requests to one host
# connections_per_host = 2
# timeout = "30s"
# max_body = "20MB"               # of a response as sent; larger ones are refused
# max_headers = "256kB"
# max_page = "10MB"               # of a page when it is decompressed
# max_elements = 150000           # of a page, and how deep they may be nested (2048 at most)
# max_depth = 2048
# max_redirects = 5
# verify_certificates = false     # true: refuse sites whose certificate is not valid
# proxy = "http://proxy.example:3128"  # every request goes through it, and it must refuse private addresses itself;
#                                 # name and password as in http://user:password@…; HTTP_PROXY and the like are refused

[guard]
allow_networks = []               # private and loopback addresses are refused but for these, such as "10.1.0.0/16"

[workers]                         # processes that extract pages
# count = 2
# page_timeout = "20s"
# memory = "1GB"

[assets]                          # pictures and style sheets kept with articles
# max_asset = "5MB"
# article_count = 30
# article_bytes = "20MB"
# crawl_count = 500
# crawl_bytes = "500MB"

[render]                          # of sources with render = true; needs `pip install 'warraq[render]'` and Chromium
# chromium = "/usr/bin/chromium"  # left out: the first that is found
# browsers = 2                    # at work at a time, one page each
# timeout = "45s"                 # a page
# memory = "1GB"                  # a browser; past it, it is ended with its page
# restart_after = 100             # pages
# max_bytes = "30MB"              # that a page may load
# max_requests = 300
# sandbox = true                  # Chromium's own; off for root, and to be set false where the system has none

[gone]
# confirm_after = "6h"            # an article must be missing this long before it is called gone

[rechecks]                        # looks at known articles, to find edits
# per_hour = 120                  # of each source; what a feed says has changed comes besides

[copies]
# window = "90d"                  # articles that arrive further apart are not compared for copies

[ledger]                          # signed heads of the log over everything kept: see docs/ledger.md
# every = "1h"                    # between two heads
# heads = "warraq.db.heads.jsonl" # where they go; left out: beside the database. Better on another machine
# key = "warraq.db.ledger.key"    # what signs them; made where missing
# authority = "http://tsa.example/tsr"  # an RFC 3161 authority that stamps each
# authority_roots = "tsa.pem"     # certificates that its stamps are checked by
# webhook = "https://hook.example/"     # each is posted there as JSON

[limits]                          # what of lists is read and taken; what is over is told in the report
# feed_entries = 20000            # entries read of one feed or sitemap
# page_links = 5000               # links read of one front or section page
# feed_pages = 10                 # pages of one feed, a crawl
# sitemaps = 50                   # sitemaps of one index, a crawl
# sitemap_age = "7d"              # how far back a crawl takes what sitemaps list; a backfill goes further
# source_urls = 20000             # new URLs of a source, a day
# feed_urls = 10000               # new URLs by one of its feeds, a day
# branch_urls = 5000              # new URLs on one branch of its site, such as /mirror/N/*, a day
# path_depth = 12                 # parts of a URL's path
# repeated_segments = 2           # how often one name may stand in a URL's path

# `warraq add URL` writes one of these for a site; by hand:
#
# [[sources]]
# key = "example"                 # a short name for the command line
# name = "The Example"
# url = "https://news.example/"
# feeds = ["https://news.example/feed.xml"]   # whatever lists articles: feeds, sitemaps, the WordPress API;
#                                 # left out: all that the site has is found, and its front page is read too
# sections = ["https://news.example/world"]   # pages that link to articles
# rechecks_per_hour = 30          # where it differs from [rechecks]
# limits = { source_urls = 2000 } # where they differ from [limits]
# language = "en"
# country = "GB"
# timezone = "Europe/London"      # of the dates that carry none, and of cron
# every = "15m"                   # or: cron = "*/10 6-23 * * *"
# assets = "lead"                 # or "none"; "all" keeps every picture of the text, and style sheets
# render = false                  # true: pages are put through Chromium, for sites whose text is made by scripts
# quiet_hours = "23:00-06:00"     # of its own time zone: the daemon leaves it alone
# cookies_file = "cookies.txt"    # a subscriber's, in the Netscape format; sent to this site only, kept nowhere
# headers = { Authorization = "Bearer …" }  # likewise
"""
