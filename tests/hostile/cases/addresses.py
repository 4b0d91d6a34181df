"""Addresses that must not be connected to, in every spelling, asked for directly and by redirect; and other schemes."""

from __future__ import annotations

from tests.hostile.case import Case
from tests.hostile.stories import moved, story

_GUARD = "refused by the guard: "
_SPELLINGS = (
    ("loopback", "http://127.0.0.1:{port}/a", "loopback"),
    ("loopback elsewhere", "http://127.2.3.4:{port}/a", "loopback"),
    ("decimal", "http://2130706433:{port}/a", "loopback"),
    ("hexadecimal", "http://0x7f000001:{port}/a", "loopback"),
    ("hexadecimal parts", "http://0x7f.0x0.0x0.0x1:{port}/a", "loopback"),
    ("octal parts", "http://0177.0.0.01:{port}/a", "loopback"),
    ("octal", "http://017700000001:{port}/a", "loopback"),
    ("two parts", "http://127.1:{port}/a", "loopback"),
    ("three parts", "http://127.0.1:{port}/a", "loopback"),
    ("localhost", "http://localhost:{port}/a", "loopback"),
    ("localhost in capitals", "http://LOCALHOST:{port}/a", "loopback"),
    ("zero", "http://0:{port}/a", "unspecified"),
    ("all zeros", "http://0.0.0.0:{port}/a", "unspecified"),
    ("ipv6 loopback", "http://[::1]:{port}/a", "loopback"),
    ("ipv6 long", "http://[0:0:0:0:0:0:0:1]:{port}/a", "loopback"),
    ("ipv6 unspecified", "http://[::]:{port}/a", "unspecified"),
    ("ipv6 mapped", "http://[::ffff:127.0.0.1]:{port}/a", "loopback"),
    ("ipv6 mapped in hex", "http://[::ffff:7f00:1]:{port}/a", "loopback"),
    ("ipv6 compatible", "http://[::127.0.0.1]:{port}/a", "loopback"),
    ("nat64", "http://[64:ff9b::7f00:1]:{port}/a", "loopback"),
    ("nat64 local", "http://[64:ff9b:1::7f00:1]:{port}/a", "private"),
    ("6to4", "http://[2002:7f00:1::1]:{port}/a", "loopback"),
    ("teredo", "http://[2001:0:7f00:1::80ff:fffe]:{port}/a", "reserved"),
    ("private 10", "http://10.0.0.1:{port}/a", "private"),
    ("private 172", "http://172.16.0.1:{port}/a", "private"),
    ("private 192", "http://192.168.0.1:{port}/a", "private"),
    ("private in decimal", "http://167772161:{port}/a", "private"),
    ("carrier", "http://100.64.0.1:{port}/a", "private"),
    ("unique local", "http://[fd12:3456::1]:{port}/a", "private"),
    ("link-local", "http://169.254.1.1:{port}/a", "link-local"),
    ("ipv6 link-local", "http://[fe80::1]:{port}/a", "link-local"),
    ("metadata", "http://169.254.169.254/latest/meta-data/a", "metadata"),
    ("metadata mapped", "http://[::ffff:169.254.169.254]/latest/meta-data/b", "metadata"),
    ("metadata ipv6", "http://[fd00:ec2::254]/latest/meta-data/c", "metadata"),
    ("metadata alibaba", "http://100.100.100.200/latest/meta-data/d", "metadata"),
    ("metadata azure", "http://168.63.129.16/machine/e", "metadata"),
    ("multicast", "http://224.0.0.1:{port}/a", "multicast"),
    ("broadcast", "http://255.255.255.255:{port}/a", "reserved"),
    ("documentation", "http://203.0.113.9:{port}/a", "private|reserved"),
    ("userinfo", "http://127.1.0.1@127.0.0.1:{port}/b", "loopback"),
    ("userinfo with port", "http://127.1.0.1:80@127.0.0.1:{port}/c", "loopback"),
)
_ODD_SPELLINGS = (
    ("trailing dot", "http://127.0.0.1.:{port}/a", "failed", "host not found"),
    ("percent-encoded dots", "http://127%2e0%2e0%2e1:{port}/a", "failed", "cannot be requested"),
    ("ideographic dots", "http://127。0。0。1:{port}/a", "refused", "guard"),
    ("fullwidth digits", "http://１２７.0.0.1:{port}/a", "refused", "guard"),
    ("zone", "http://[fe80::1%25lo]:{port}/a", "failed", "host not found"),
)
_SCHEMES = (
    ("file", "file:///etc/passwd"),
    ("ftp", "ftp://127.0.0.1/a"),
    ("data", "data:text/html,<h1>secret</h1>"),
    ("javascript", "javascript:alert(1)"),
    ("gopher", "gopher://127.0.0.1:70/_a"),
    ("mailto", "mailto:someone@example.org"),
    ("view-source", "view-source:http://127.0.0.1/"),
    ("s3", "s3://bucket/key"),
    ("websocket", "ws://127.0.0.1/"),
)


def _spelled(name: str, url: str, kind: str) -> Case:
    return Case(
        f"addresses/{name}",
        f"lists and redirects to `{url}`",
        {"/out": moved(url)},
        "refused refused",
        why=f"{_GUARD}.*({kind})",
        listed=("/out", url),
    )


def _odd(name: str, url: str, outcome: str, why: str) -> Case:
    return Case(
        f"addresses/{name}",
        f"redirects to `{url}`",
        {"/out": moved(url)},
        outcome,
        why=why,
        listed=("/out",),
    )


def _scheme(name: str, url: str) -> Case:
    return Case(
        f"schemes/{name}",
        f"lists and redirects to `{url}`",
        {"/out": moved(url)},
        "refused",
        why="neither http nor https",
        listed=("/out", url),
    )


_NAMED = (
    Case(
        "names/private",
        "is a name that leads to a forbidden address",
        expects="refused",
        why=f"{_GUARD}127.0.0.1 is a loopback address",
        listed=("http://private.test:{port}/a",),
        names=("private.test=127.0.0.1",),
    ),
    Case(
        "names/redirect to private",
        "redirects to a name that leads to a forbidden address",
        {"/out": moved("http://inside.test:{port}/a")},
        "refused",
        why=f"{_GUARD}10.1.2.3 is a private address",
        listed=("/out",),
        names=("inside.test=10.1.2.3",),
    ),
    Case(
        "names/two addresses",
        "is a name with a forbidden address and a good one: only the good one is connected to",
        {"/story": story("two addresses").reply()},
        listed=("http://both.test:{port}/story",),
        names=("both.test=127.0.0.1,own",),
        title=story("two addresses").title,
    ),
    Case(
        "names/rebinding",
        "is a name that leads to a good address first and to a forbidden one ever after",
        {"/one": moved("http://rebind.test:{port}/two"), "/two": story("rebinding").reply()},
        listed=("http://rebind.test:{port}/one",),
        names=("rebind.test=own/127.0.0.1",),
        requests=2,
    ),
    Case(
        "names/rebinding at once",
        "is a name that leads to another forbidden address each time",
        expects="refused",
        why=_GUARD,
        listed=("http://flutter.test:{port}/a",),
        names=("flutter.test=127.0.0.1/10.0.0.1/169.254.169.254",),
    ),
    Case(
        "names/trailing dot",
        "is named with the root's dot",
        {"/story": story("root dot").reply()},
        listed=("http://dotted.test.:{port}/story",),
        names=("dotted.test",),
    ),
    Case(
        "names/unknown",
        "is a name that nobody knows",
        expects="failed",
        why="host not found: nobody.test",
        listed=("http://nobody.test:{port}/a",),
        names=("somebody.test",),
        requests=0,
    ),
    Case(
        "names/idn",
        "has an Arabic host name",
        {"/story": story("idn", "ar").reply()},
        listed=("http://أخبار.test:{port}/story",),
        names=("xn--igbicxr.test",),
        title=story("idn", "ar").title,
    ),
)
CASES = (
    *(_spelled(*row) for row in _SPELLINGS),
    *(_odd(*row) for row in _ODD_SPELLINGS),
    *(_scheme(*row) for row in _SCHEMES),
    *_NAMED,
)
