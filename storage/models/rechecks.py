"""The tables from which rechecks are planned."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class EditHazard(Base):
    """How often the articles of one section are edited at one age."""

    __tablename__ = "edit_hazards"
    __table_args__ = (
        {
            "comment": "How often each source's articles are edited, by section and age: edits ÷ hours is the hazard "
            "that rechecks are planned by.",
            "sqlite_with_rowid": False,
        },
    )

    source_key: Mapped[str] = mapped_column(
        String(), ForeignKey("sources.key"), primary_key=True, comment="The source."
    )
    section: Mapped[str] = mapped_column(primary_key=True, comment="The publisher's section; '' where none is given.")
    age_bin: Mapped[int] = mapped_column(
        Integer(),
        primary_key=True,
        autoincrement=False,
        comment="Age: 0 up to an hour, 1 to 3 h, 2 to 12 h, 3 to 48 h, 4 to 7 days, 5 to 30 days, 6 older.",
    )
    edits: Mapped[float] = mapped_column(
        Float(), comment="Edits found at rechecks, each shared among the bins since the visit before."
    )
    hours: Mapped[float] = mapped_column(Float(), comment="Hours between visits, summed over the articles.")


class RecheckStateRow(Base):
    """How the rechecks of one source stand."""

    __tablename__ = "recheck_states"
    __table_args__ = ({"comment": "How each source's rechecks stand: when articles are due, and what is left."},)

    source_key: Mapped[str] = mapped_column(
        String(), ForeignKey("sources.key"), primary_key=True, comment="The source."
    )
    threshold: Mapped[float | None] = mapped_column(
        Float(), comment="Expected unseen edits at which an article is due; NULL until it was first steered."
    )
    credit: Mapped[float] = mapped_column(Float(), server_default="0", comment="Rechecks left of the budget.")
    credited_at: Mapped[datetime | None] = mapped_column(comment="Up to when the budget was credited.")
    lied_at: Mapped[datetime | None] = mapped_column(
        comment="When an edit was last found behind an ETag or Last-Modified that had not changed; for thirty days "
        "from then on rechecks ask for whole pages."
    )
