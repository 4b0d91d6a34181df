"""The tables of our manners: what every process on the archive owes a host, and what its robots.txt said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Host(Base):
    """The politeness owed to one host by every process on the archive."""

    __tablename__ = "hosts"
    __table_args__ = ({"comment": "Politeness owed to each host, shared by every process on the archive."},)

    host: Mapped[str] = mapped_column(String(), primary_key=True, comment="Host name, with its port if not the usual.")
    next_allowed_at: Mapped[datetime | None] = mapped_column(comment="No request before this time.")
    delay_seconds: Mapped[float | None] = mapped_column(
        comment="Learned seconds between two requests, where the host showed strain; NULL where it did not."
    )
    connections: Mapped[int | None] = mapped_column(
        Integer(), comment="Connections that processes have been given, all together, when one last asked."
    )
    retry_after_at: Mapped[datetime | None] = mapped_column(
        comment="Until when it is left alone: its Retry-After asked for it, or it stopped answering."
    )
    crawl_delay_seconds: Mapped[float | None] = mapped_column(comment="Delay that its robots.txt asks for, in seconds.")
    strained_at: Mapped[datetime | None] = mapped_column(
        comment="When it last answered 429 or 503, timed out or was slow."
    )
    silences: Mapped[int] = mapped_column(Integer(), server_default="0", comment="Time-outs in a row.")
    leases: Mapped[dict[str, Any]] = mapped_column(
        server_default="{}",
        comment="JSON object of the processes that use its connections: how many each has and wants, and until when.",
    )


class RobotsFile(Base):
    """What the robots.txt of one origin said, so that no process asks for it again within a day."""

    __tablename__ = "robots_files"
    __table_args__ = ({"comment": "The robots.txt of each origin as last read, kept for a day for every process."},)

    origin: Mapped[str] = mapped_column(primary_key=True, comment="Scheme and host, as in https://news.example.")
    read_at: Mapped[datetime] = mapped_column(comment="When it was asked for.")
    expires_at: Mapped[datetime] = mapped_column(comment="When it is asked for again.")
    text: Mapped[str | None] = mapped_column(comment="Its text, at most a megabyte; NULL where there is none.")
