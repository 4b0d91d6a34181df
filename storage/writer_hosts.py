"""Writing our manners: what every process owes a host, and what robots.txt said."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from storage.columns import UtcTime
from storage.records_hosts import HostState, Lease, RobotsText
from storage.statements import Transaction, hosts, insert_into, robots_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Insert, RowMapping

_STATE_FIELDS = tuple(each.name for each in fields(HostState) if each.name not in ("host", "leases"))
_ROBOTS_FIELDS = tuple(each.name for each in fields(RobotsText) if each.name != "origin")
_LOCK = (
    select(hosts.c.host, hosts.c.leases, *(hosts.c[name] for name in _STATE_FIELDS))
    .where(hosts.c.host.in_(bindparam("names", expanding=True)))
    .order_by(hosts.c.host)
    .with_for_update()
)
_SERVER_TIME = select(func.clock_timestamp(type_=UtcTime()))


@cache
def _add_host(dialect: str) -> Insert:
    return insert_into(dialect, hosts).on_conflict_do_nothing(index_elements=["host"])


@cache
def _save_host(dialect: str) -> Insert:
    insert = insert_into(dialect, hosts)
    changes = {name: insert.excluded[name] for name in (*_STATE_FIELDS, "connections", "leases")}
    return insert.on_conflict_do_update(index_elements=["host"], set_=changes)


@cache
def _save_robots(dialect: str) -> Insert:
    insert = insert_into(dialect, robots_files)
    changes = {name: insert.excluded[name] for name in _ROBOTS_FIELDS}
    return insert.on_conflict_do_update(index_elements=["origin"], set_=changes)


class HostWrites(Transaction):
    """The part of the writer that keeps hosts and their robots.txt."""

    def lock_hosts(self, names: Sequence[str]) -> tuple[datetime, dict[str, HostState]]:
        """The present and the states of the hosts, which no other process changes before this transaction ends.

        The present is the database server's in PostgreSQL: the clocks of several machines differ.
        """
        ordered = sorted(set(names))
        if self._dialect == "postgresql":
            self._execute("SET LOCAL synchronous_commit = off")  # a turn lost in a power cut is lost to nobody
        found = self._locked(ordered)
        missing = [name for name in ordered if name not in found]
        if missing and self._dialect == "postgresql":  # there is nothing to lock yet; SQLite has one lock for all
            self._run(_add_host(self._dialect), [{"host": name} for name in missing])
            found = self._locked(ordered)
        now: datetime = self._run(_SERVER_TIME, {}).scalar_one() if self._dialect == "postgresql" else self._clock()
        return now, {name: found.get(name) or HostState(name) for name in ordered}

    def _locked(self, names: Sequence[str]) -> dict[str, HostState]:
        return {row["host"]: _state(row) for row in self._run(_LOCK, {"names": names}).mappings()}

    def save_hosts(self, states: Sequence[HostState]) -> None:
        """Keeps the states of hosts that were locked."""
        if states:
            self._run(_save_host(self._dialect), [_row(state) for state in states])

    def save_robots_text(self, robots: RobotsText) -> None:
        """Keeps it in place of what was known before."""
        values = {name: getattr(robots, name) for name in _ROBOTS_FIELDS}
        self._run(_save_robots(self._dialect), {"origin": robots.origin, **values})


def _state(row: RowMapping) -> HostState:
    leases = {holder: _lease(value) for holder, value in row["leases"].items()}
    return HostState(row["host"], leases=leases, **{name: row[name] for name in _STATE_FIELDS})


def _row(state: HostState) -> dict[str, Any]:
    leases = {
        holder: {
            "connections": lease.connections,
            "wanted": lease.wanted,
            "expires_at": lease.expires_at.isoformat(),
            "since": lease.since.isoformat(),
        }
        for holder, lease in state.leases.items()
    }
    connections = sum(lease.connections for lease in state.leases.values())
    values = {name: getattr(state, name) for name in _STATE_FIELDS}
    return {"host": state.host, "connections": connections, "leases": leases, **values}


def _lease(value: Mapping[str, Any]) -> Lease:
    times = (datetime.fromisoformat(value["expires_at"]), datetime.fromisoformat(value["since"]))
    return Lease(value["connections"], value["wanted"], *times)
