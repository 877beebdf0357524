"""The server's facts for the checks of a claim: what other claims showed, what the files say. How pictures look is
compared by a worker (``comparing.py``): it takes time, and what it finds is a hint."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.claims import queries
from backend.claims.models import Activity, Claim, ClaimReceipt
from backend.claims.queries import Earlier
from backend.claims.sitting import HeldClaim, Sitting
from backend.jobs.service import enqueue
from backend.media import service as media
from backend.media.service import Proof
from offline.rules import evidence
from offline.rules.days import moment_of_clock
from offline.rules.evidence import Before, Finding, Picture, Place, Receipt, Seen, Terms
from offline.rules.fence import distance
from offline.rules.papers import VOID_CLAIMS
from offline.wire.claims import ClaimStatus, PictureFacts, ReceiptDraft
from offline.wire.media import MediaView

COMPARE = "claim.compare"


def key_hash(receipt: Receipt) -> str:
    """``evidence.receipt_key`` in a length that every index takes."""
    return blake2b(evidence.receipt_key(receipt).encode(), digest_size=32).hexdigest()


def as_receipt(draft: ReceiptDraft) -> Receipt:
    pictures = tuple(ref.id for ref in draft.pictures)
    return Receipt(
        id=draft.id, seller=draft.seller, on=draft.on, total=draft.total, currency=draft.currency, pictures=pictures
    )


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the checks say of a claim now. ``complete``: all its pictures are here, and any has a look."""

    findings: tuple[Finding, ...]
    facts: tuple[PictureFacts, ...]
    status: ClaimStatus
    complete: bool


async def check_claim(sitting: Sitting, held: HeldClaim) -> None:
    """Look at a claim that is not decided with all that is known now, and keep what was found."""
    found, claim = await assess_claim(sitting, held), held.claim
    claim.findings, claim.facts = msgspec.to_builtins(found.findings), msgspec.to_builtins(found.facts)
    claim.checked_at, claim.status = sitting.now, found.status
    if found.complete:
        await enqueue(sitting.session, COMPARE, {"claim": claim.id}, tenant_id=sitting.tenant_id, key=claim.id)


async def assess_claim(
    sitting: Sitting, held: HeldClaim, look_alikes: Mapping[str, tuple[Seen, ...]] | None = None
) -> Assessment:
    """Pictures that are not here yet are judged by the hash they were named with. ``look_alikes`` by picture; without,
    what the last comparison found."""
    session, tenant_id = sitting.session, sitting.tenant_id
    views = await media.views(session, tenant_id, held.media_ids)
    proofs = await media.proofs(session, tenant_id, held.media_ids)
    pictures = [_picture(each.media_id, each.receipt_id, proofs[each.media_id]) for each in held.pictures]
    receipts = [_receipt(row, held) for row in held.receipts]
    terms = terms_of(sitting.activity(held.claim.activity_id), sitting.brand.time_zone)
    before = await _before(session, tenant_id, held, receipts)
    alike = _found_before(held.claim) if look_alikes is None else look_alikes
    findings = evidence.check_claim(receipts, pictures, terms, msgspec.structs.replace(before, look_alikes=alike))
    facts = tuple(_facts(picture, proofs[picture.id], terms) for picture in pictures)
    complete = all(view.status == "stored" for view in views.values()) and any(each.look for each in proofs.values())
    return Assessment(findings, facts, _status(findings, views.values()), complete)


def _found_before(claim: Claim) -> dict[str, tuple[Seen, ...]]:
    found: dict[str, tuple[Seen, ...]] = {}
    for each in msgspec.convert(claim.findings, tuple[Finding, ...]):
        if each.check == "look_alike":
            seen = Seen(
                claim=each.claim, number=each.number, picture=each.picture, distance=int(each.detail["distance"])
            )
            found[each.subject] = (*found.get(each.subject, ()), seen)
    return found


def _status(findings: Sequence[Finding], views: Iterable[MediaView]) -> ClaimStatus:
    if evidence.gravest(findings) == "block":
        return "blocked"
    return "submitted" if all(view.status == "stored" for view in views) else "media_pending"


def terms_of(activity: Activity, time_zone: str) -> Terms:
    """What the checks of a claim hold it against."""
    latitude, longitude = activity.place.get("latitude"), activity.place.get("longitude")
    place = Place(latitude, longitude) if latitude is not None and longitude is not None else None
    return Terms(
        starts_on=activity.starts_on,
        ends_on=activity.ends_on,
        left=activity.left,
        currency=activity.currency,
        place=place,
        needs=tuple(activity.needs),
        time_zone=time_zone,
    )


def _receipt(row: ClaimReceipt, held: HeldClaim) -> Receipt:
    pictures = tuple(each.media_id for each in held.pictures if each.receipt_id == row.id)
    return Receipt(id=row.id, seller=row.seller, on=row.on, total=row.total, currency=row.currency, pictures=pictures)


def _picture(media_id: str, receipt_id: str, proof: Proof) -> Picture:
    position = proof.position
    place = evidence.place_of(position.latitude, position.longitude, position.accuracy) if position else None
    role: evidence.Role = "receipt" if receipt_id else "display"
    said = proof.exif or {}
    exif = evidence.exif_of(said.get("taken_at", ""), said.get("latitude"), said.get("longitude"), said.get("accuracy"))
    return Picture(id=media_id, sha256=proof.sha256, role=role, taken_at=proof.taken_at, place=place, exif=exif)


def _facts(picture: Picture, proof: Proof, terms: Terms) -> PictureFacts:
    exif = picture.exif
    return PictureFacts(
        picture=picture.id,
        taken_at=picture.taken_at,
        source=proof.source,
        metres=_metres(picture.place, terms),
        accuracy=round(picture.place.accuracy) if picture.place is not None else None,
        exif=exif.taken_at is not None or exif.place is not None,
        exif_taken_at=moment_of_clock(exif.taken_at, terms.time_zone) if exif.taken_at is not None else None,
        exif_metres=_metres(exif.place, terms),
    )


def _metres(place: Place | None, terms: Terms) -> int | None:
    return distance(place, terms.place) if place is not None and terms.place is not None else None


async def _before(session: AsyncSession, tenant_id: str, held: HeldClaim, receipts: Sequence[Receipt]) -> Before:
    """What was shown earlier than this claim showed it: of two claims with one receipt, the later one is asked."""
    claim_id = held.claim.id
    files = {each.sha256: each.added_at for each in held.pictures}
    keys = {row.key: row.added_at for row in held.receipts}
    by_hash = {key_hash(receipt): evidence.receipt_key(receipt) for receipt in receipts}
    seen_files = await queries.files_elsewhere(session, tenant_id, files, claim_id)
    seen_receipts = await queries.receipts_elsewhere(session, tenant_id, keys, claim_id)
    return Before(
        files=_first(seen_files, files, claim_id),
        receipts={by_hash[key]: seen for key, seen in _first(seen_receipts, keys, claim_id).items()},
    )


def _first(found: Sequence[Earlier], added: Mapping[str, datetime], claim_id: str) -> dict[str, Seen]:
    """By key the first that counts: one that still stands before one that was refused or taken back."""
    seen: dict[str, Seen] = {}
    for each in found:
        if (each.added_at, each.claim_id) > (added[each.key], claim_id):
            continue
        void = each.status in VOID_CLAIMS
        if each.key not in seen or (seen[each.key].void and not void):
            seen[each.key] = Seen(claim=each.claim_id, number=each.number, picture=each.picture, void=void)
    return seen
