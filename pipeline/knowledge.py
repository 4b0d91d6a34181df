"""What is known of one host from page to page: the study that goes on, and the profile that pages are read through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.learning import Study, forget, has_drifted, is_due, learn, take

if TYPE_CHECKING:
    from pipeline.lesson import Lesson
    from pipeline.site_profile import SiteProfile


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The study of a host and the profile in use; no profile until there is something to know."""

    study: Study
    profile: SiteProfile | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """What one more page came to.

    ``has_new_profile`` says that pages are to be read by another profile from now on; ``has_drifted`` that the one in
    use no longer fitted the site and was dropped.
    """

    knowledge: Knowledge
    has_new_profile: bool = False
    has_drifted: bool = False


def grow(knowledge: Knowledge, lesson: Lesson, *, next_number: int) -> Growth:
    """Folds one page into what is known. Pure.

    Args:
        knowledge: What was known.
        lesson: What the page taught.
        next_number: The number of a new profile, if there is to be one.
    """
    study, profile = take(knowledge.study, lesson), knowledge.profile
    drifted = profile is not None and profile.reads and has_drifted(study)
    if drifted:
        study = forget(study)
    if not drifted and not is_due(study):
        return Growth(replace(knowledge, study=study))
    new = learn(study, next_number)
    is_new = not new.says_the_same(profile) if profile else bool(new.reads or new.repeats or new.pins)
    return Growth(Knowledge(study, new if is_new else profile), is_new, drifted)
