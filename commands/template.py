"""The ``warraq.toml`` that ``warraq init`` writes."""

TEMPLATE = """\
# Warraq's configuration. Every key is optional but those of a source that have no default.
# Durations: "30s", "15m", "6h", "2d". Sizes: "500kB", "20MB", "1GB". Relative paths start at this file.

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
# max_body = "20MB"
# max_redirects = 5
# verify_certificates = false     # true: refuse sites whose certificate is not valid

[guard]
allow_networks = []               # private and loopback addresses are refused but for these, such as "10.1.0.0/16"

[workers]                         # processes that extract pages
# count = 2
# page_timeout = "20s"
# memory = "1GB"

[gone]
# confirm_after = "6h"            # an article must be missing this long before it is called gone

# `warraq add URL` writes one of these for a site; by hand:
#
# [[sources]]
# key = "example"                 # a short name for the command line
# name = "The Example"
# url = "https://news.example/"
# feeds = ["https://news.example/feed.xml"]   # left out: found on the home page
# language = "en"
# country = "GB"
# timezone = "Europe/London"      # of the dates that carry none, and of cron
# every = "15m"                   # or: cron = "*/10 6-23 * * *"
"""
