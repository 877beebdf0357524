"""Files and the papers that name them."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select

from backend.database import Sessions, transaction
from backend.media.models import Media, MediaLink
from backend.media.service import KEPT_UNATTACHED, attach, detach, proofs, views
from backend.sync.commands import Refused
from offline.ids import new_id
from offline.wire.media import MediaRef, MediaView, Position
from tests.people import World

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)


def ref(content: bytes = b"picture", **more: object) -> MediaRef:
    made = MediaRef(
        id=new_id(), sha256=hashlib.sha256(content).hexdigest(), size=len(content), content_type="image/jpeg"
    )
    return msgspec.structs.replace(made, **more)


class Papers:
    """Attaches as the command of a slice would."""

    def __init__(self, sessions: Sessions, world: World) -> None:
        self.sessions, self.world = sessions, world
        self.tenant_id = world.demo.tenant.id

    async def attach(
        self, refs: Sequence[MediaRef], *, login: str = "shop", paper: str = "", house: str | None = None
    ) -> tuple[MediaView, ...]:
        async with transaction(self.sessions) as session:
            return await attach(
                session,
                self.tenant_id,
                refs,
                user_id=self.world.demo.users[login].id,
                entity="claim",
                entity_id=paper or new_id(),
                organisation_id=house,
                now=NOW,
            )

    async def row(self, media_id: str) -> Media | None:
        async with transaction(self.sessions) as session:
            return await session.get(Media, (self.tenant_id, media_id))

    async def links(self) -> int:
        async with transaction(self.sessions) as session:
            return len((await session.scalars(select(MediaLink))).all())


@pytest.fixture
def papers(sessions: Sessions, world: World) -> Papers:
    return Papers(sessions, world)


async def test_what_is_not_here_is_expected(papers: Papers) -> None:
    first, second = ref(b"one"), ref(b"two!")
    position = Position(latitude=31.2, longitude=121.5, accuracy=12.0, at=NOW)
    first = msgspec.structs.replace(first, taken_at=NOW, position=position)
    found = await papers.attach([second, first])
    assert [(view.id, view.status, view.size, view.sha256) for view in found] == [
        (second.id, "expected", 4, second.sha256),
        (first.id, "expected", 3, first.sha256),
    ]
    row = await papers.row(first.id)
    assert row is not None
    # A paper needs it: it is not swept.
    assert row.expires_at is None
    async with transaction(papers.sessions) as session:
        proof = (await proofs(session, papers.tenant_id, [first.id]))[first.id]
        seen = await views(session, papers.tenant_id, [first.id, new_id()])
    assert (proof.taken_at, proof.position) == (NOW, position)
    assert seen == {first.id: found[1]}


async def test_naming_a_file_again_changes_nothing(papers: Papers) -> None:
    picture, paper = ref(), new_id()
    first = await papers.attach([picture], paper=paper)
    assert await papers.attach([picture, picture], paper=paper) == first * 2
    assert await papers.links() == 1


async def test_what_a_phone_says_of_its_picture_it_says_once(papers: Papers) -> None:
    """Where and when it was taken is evidence: nobody says it anew, and nobody else for its sender."""
    said, silent = msgspec.structs.replace(ref(), taken_at=NOW), ref(b"other")
    await papers.attach([said, silent], house="house")
    later = NOW + timedelta(days=3)
    await papers.attach([msgspec.structs.replace(said, taken_at=later)], house="house")
    await papers.attach([msgspec.structs.replace(silent, taken_at=later)], login="dealer", house="house")
    async with transaction(papers.sessions) as session:
        found = await proofs(session, papers.tenant_id, [said.id, silent.id])
    assert [found[each.id].taken_at for each in (said, silent)] == [NOW, None]


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"size": 8}])
async def test_another_hash_or_length_is_refused(papers: Papers, change: dict[str, object]) -> None:
    picture = ref()
    await papers.attach([picture])
    with pytest.raises(Refused, match="media_mismatch"):
        await papers.attach([ref(), msgspec.structs.replace(picture, **change)])
    assert await papers.links() == 1


async def test_somebody_elses_file_is_refused(papers: Papers) -> None:
    picture, paper = ref(), new_id()
    await papers.attach([picture], login="shop", paper=paper, house="house")
    with pytest.raises(Refused, match="media_taken"):
        await papers.attach([picture], login="rival")
    with pytest.raises(Refused, match="media_taken"):
        await papers.attach([picture], login="rival", house="other house")
    assert await papers.links() == 1
    # Papers of no house are of no common one.
    bare = ref(b"of no house")
    await papers.attach([bare])
    with pytest.raises(Refused, match="media_taken"):
        await papers.attach([bare], login="rival")
    # A colleague mends the paper; another paper of the same house shows the same picture.
    await papers.attach([picture], login="dealer", paper=paper)
    await papers.attach([picture], login="dealer", house="house")
    row = await papers.row(picture.id)
    assert row is not None
    assert row.owner_id == papers.world.demo.users["shop"].id


async def test_another_tenant_has_files_of_its_own(papers: Papers) -> None:
    picture = ref()
    await papers.attach([picture])
    async with transaction(papers.sessions) as session:
        other = papers.world.other.tenant.id
        assert await views(session, other, [picture.id]) == {}
        again = msgspec.structs.replace(picture, size=99)
        hq = papers.world.other.users["hq"].id
        await attach(session, other, [again], user_id=hq, entity="claim", entity_id=new_id(), now=NOW)
        assert (await views(session, other, [picture.id]))[picture.id].size == 99
        assert (await views(session, papers.tenant_id, [picture.id]))[picture.id].size == 7


async def test_what_a_paper_lets_go_of_is_swept_later(papers: Papers) -> None:
    kept, gone, shared = ref(b"kept"), ref(b"gone"), ref(b"shared")
    paper = new_id()
    await papers.attach([kept, gone, shared], paper=paper)
    await papers.attach([shared])
    later = NOW + timedelta(days=1)
    async with transaction(papers.sessions) as session:
        await detach(session, papers.tenant_id, entity="claim", entity_id=paper, keep=[kept.id], now=later)
    expiring = {picture.id: row.expires_at for picture in (kept, gone, shared) if (row := await papers.row(picture.id))}
    assert expiring == {kept.id: None, gone.id: later + KEPT_UNATTACHED, shared.id: None}
    await papers.attach([gone], paper=paper)
    row = await papers.row(gone.id)
    assert row is not None
    assert row.expires_at is None
