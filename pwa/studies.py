"""Where a person is in each course: kept on the phone at every step, so that a kill loses nothing."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

import msgspec

from offline.ids import new_id
from offline.store import KeyValueStore
from offline.wire.learning import Course


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """``attempt`` becomes the attempt's id, and its seed. ``place`` counts through the cards to read and then the
    questions. ``answers`` by the question's card; ``checked``: questions whose answer was given for good. ``done``:
    it was sent. ``renewed``: the course was changed under way, which the person is to be told."""

    course: str
    revision: int
    attempt: str
    place: int = 0
    read: tuple[str, ...] = ()
    told: int = 0
    answers: Mapping[str, tuple[str, ...]] = {}
    checked: tuple[str, ...] = ()
    started_at: datetime | None = None
    done: bool = False
    renewed: bool = False


class Studies:
    """One person's. Reading is from memory after ``load``; ``keep`` is durable when it returns."""

    def __init__(self, store: KeyValueStore, user: str) -> None:
        self._store = store
        self._prefix = f"study.{user}."
        self._studies: dict[str, Study] = {}
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Read all. One that can't be read (a newer app wrote it) is left where it is."""
        for key in await self._store.keys(self._prefix):
            try:
                study = msgspec.json.decode(await self._store.load(key) or b"", type=Study)
            except msgspec.DecodeError:
                continue
            self._studies.setdefault(study.course, study)

    def find(self, course_id: str) -> Study | None:
        return self._studies.get(course_id)

    def of(self, course: Course, now: datetime) -> Study:
        """Where to go on, or a new beginning. A new revision keeps what was read, and asks its questions anew."""
        found = self._studies.get(course.id)
        if found is not None and found.revision == course.revision and not found.done:
            return found
        known = {card.id for card in course.cards}
        read = tuple(card for card in found.read if card in known) if found else ()
        fresh = Study(course=course.id, revision=course.revision, attempt=new_id(), read=read, started_at=now)
        if found is None or found.done or not found.place:
            return fresh
        # On from the first card that was not read; the questions come after all of them.
        unread = [card.kind != "question" and card.id not in read for card in course.cards]
        place = unread.index(True) if any(unread) else len(read)
        return msgspec.structs.replace(fresh, place=place, renewed=True)

    def is_done(self, study: Study) -> bool:
        """Whether its attempt was handed in, as far as it stands now."""
        found = self._studies.get(study.course)
        return found is not None and found.attempt == study.attempt and found.done

    async def keep(self, study: Study) -> None:
        self._studies[study.course] = study
        async with self._lock:
            newest = self._studies[study.course]
            await self._store.save(f"{self._prefix}{study.course}", msgspec.json.encode(newest))
