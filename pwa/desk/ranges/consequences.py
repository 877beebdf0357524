"""What saving an assortment means for customers, said before it is done."""

from datetime import date

from offline.rules.authorisation import Range, standing
from offline.wire.ranges import AssortmentSave
from offline.wire.rows import Assortment
from pwa.desk.ranges.customers import held_by
from pwa.desk.ranges.form import Choice
from pwa.desk.ranges.reading import brand_day, categories_by_id, goods, range_of, size_of
from pwa.desk.reading import Reads
from pwa.desk.state import DeskState, Form
from pwa.desk.words import Words


def consequences(
    desk: DeskState, words: Words, row: Assortment | None, command: AssortmentSave, form: Form
) -> tuple[str, ...]:
    """A sentence for each thing that somebody can do no more, or can all at once; none where nobody loses anything."""
    reads = desk.reads
    found = Choice.of(form).range(categories_by_id(reads))
    given, taken = form["given"], form["taken"]
    bound = [one for one in given if not _others(reads, one, row)]
    freed = [one for one in taken if not _others(reads, one, row)]
    said = []
    if bound:
        count = words.number(size_of(reads, found))
        said.append(words("ranges.sure_bound", customers=words.number(len(bound)), count=count))
    if freed:
        said.append(words("ranges.sure_freed", customers=words.number(len(freed))))
    stay = [one for one in held_by(reads, form, row) if one not in given]
    if row is not None and stay and (now := _ends(brand_day(reads, words), row, command)):
        said.append(words(f"ranges.sure_{now}", customers=words.number(len(stay))))
    elif row is not None and stay and (gone := _gone(reads, row, found)):
        said.append(words("ranges.sure_less", count=words.number(gone), customers=words.number(len(stay))))
    return tuple(said)


def _others(reads: Reads, customer: str, row: Assortment | None) -> list[str]:
    """The assortments a customer holds beside this one."""
    found = reads.organisation(customer)
    return [one for one in found.assortments if row is None or one != row.id] if found else []


def _ends(today: date, row: Assortment, command: AssortmentSave) -> str:
    """``ended`` or ``planned`` for one that counts today and then will not; else empty."""
    after = Assortment(id=row.id, name={}, valid_from=command.valid_from, valid_until=command.valid_until)
    if standing(row, today) != "valid":
        return ""
    then = standing(after, today)
    return then if then != "valid" else ""


def _gone(reads: Reads, row: Assortment, found: Range) -> int:
    """How many products that are sold leave it."""
    before = range_of(reads, row)
    return sum(before.has(one, at) and not found.has(one, at) for one, at in goods(reads).items())
