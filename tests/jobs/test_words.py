"""Every kind of job has a name for the desk, in both languages."""

from backend.app import JOBS
from i18n.translate import LOCALES, has


def test_every_kind_has_words() -> None:
    assert {(locale, kind) for kind in JOBS for locale in LOCALES if not has(locale, f"desk.jobs.kind.{kind}")} == set()
