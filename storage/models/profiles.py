"""The table of what was learned about the pages of a site."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import one_of
from storage.models.base import Base
from storage.records import ProfileState


class SiteProfile(Base):
    """What was learned about one site's pages."""

    __tablename__ = "site_profiles"
    __table_args__ = (
        CheckConstraint(one_of("state", ProfileState), name="state"),
        CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name="retired"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("pages >= 0", name="pages"),
        CheckConstraint("agreement BETWEEN 0 AND 1", name="agreement"),
        Index(None, "host"),
        {
            "comment": "What was learned about the pages of a site: where the text stands and what repeats. A row's "
            "rules never change: what is learned later is another row with another number."
        },
    )

    source_key: Mapped[str] = mapped_column(
        String(), ForeignKey("sources.key"), primary_key=True, comment="The source whose pages it describes."
    )
    number: Mapped[int] = mapped_column(
        Integer(), primary_key=True, comment="Its number within the source, from 1: the one in extractions.profile."
    )
    host: Mapped[str] = mapped_column(String(), comment="Host whose pages it describes.")
    state: Mapped[str] = mapped_column(String(), comment=f"One of {', '.join(ProfileState)}.")
    learned_at: Mapped[datetime | None] = mapped_column(comment="When it was learned; NULL while it is being learned.")
    retired_at: Mapped[datetime | None] = mapped_column(comment="When it no longer fitted the site; NULL till then.")
    pages: Mapped[int] = mapped_column(Integer(), server_default="0", comment="Pages that it was learned from.")
    agreement: Mapped[float | None] = mapped_column(
        comment="How well it agrees with full extraction on audited pages, from 0 to 1; NULL before any audit."
    )
    profile: Mapped[dict[str, Any]] = mapped_column(
        comment="JSON of what was learned: templates (where the body stands, what inside is text and what furniture), "
        "blocks that repeat, languages, and what a person pinned or excluded."
    )
    has_drifted: Mapped[bool] = mapped_column(
        Boolean(), server_default=false(), comment="Whether it was retired because pages no longer fitted it."
    )
    study: Mapped[bytes | None] = mapped_column(
        LargeBinary(),
        comment="What is remembered to learn further: JSON, compressed with zlib; NULL once the profile is retired.",
    )
