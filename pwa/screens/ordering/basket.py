"""The order being taken: quantities in, the shared rules' quote out, and only those told whose figures changed.

Screens hold one ``Basket`` and draw from it. A changed quantity costs one quote by a ``Pricer`` that keeps what it has
read; then the rows that look different are told, and the bar.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec

from offline.ids import new_id
from offline.rules.credit import available
from offline.rules.ordering import Pricer, Problem, Quote, QuotedLine, Wanted
from offline.rules.quantities import check, orderable_range, round_up
from offline.wire.commands import MAX_ORDER_LINES, MAX_QUANTITY, OrderPlace
from offline.wire.kinds import Shortage
from offline.wire.rows import Organisation, Product, StockLevel
from pwa.context import App
from pwa.drafts import DraftLine, OrderDraft
from pwa.screens.ordering.allowed import Allowed, AllowedGoods
from pwa.screens.ordering.lines import LineView, steps
from pwa.screens.ordering.papers import is_order, placing

replace = msgspec.structs.replace
_EVERYTHING = ""
_PAUSE = 0.6  # seconds without a change, after which the other lines are told: longer than between two taps


class Basket:
    """``facts_missing`` is true while the phone lacks the brand or the customer (rows still on their way)."""

    def __init__(self, app: App, draft: OrderDraft) -> None:
        self.app = app
        self.draft = draft
        self._rounded: dict[str, int] = {}
        self._misread: dict[str, str] = {}
        self._revisions: dict[str, int] = {}
        self._views: dict[str, LineView] = {}
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._untold: set[str] = set()
        self._changes = 0
        self._pricer: Pricer | None = None
        self._goods = AllowedGoods()
        self.quote: Quote | None = None
        self.prices_changed = False
        self.refresh()

    # reading

    @property
    def facts_missing(self) -> bool:
        return self._pricer is None

    @property
    def pricer(self) -> Pricer:
        assert self._pricer is not None, "nothing can be priced yet"
        return self._pricer

    @property
    def organisation(self) -> Organisation:
        return self.pricer.facts.organisation

    @property
    def currency(self) -> str:
        return self.pricer.currency

    def view(self, product_id: str) -> LineView:
        revision, misread = self._revisions.get(product_id, 0), self._misread.get(product_id, "")
        return self._views.get(product_id) or LineView(0, misread=misread, revision=revision)

    def obstacle(self, product: Product) -> Problem | None:
        """Why this customer may not order the product at all."""
        found = self.pricer.checks.obstacles(product)
        return Problem(found[0][0], None, found[0][1]) if found else None

    @property
    def allowed(self) -> Allowed | None:
        """What the customer may buy by its assortments; None where it has none of them and may buy everything."""
        return self._goods.of(self.pricer, self.app.engine.replica)

    def stock(self, product_id: str) -> StockLevel | None:
        return self.app.engine.replica.typed(StockLevel, "stock", product_id)

    def gifts_of(self, promotion_id: str) -> tuple[QuotedLine, ...]:
        return tuple(gift for gift in self.quote.gifts if gift.promotion == promotion_id) if self.quote else ()

    @property
    def saved(self) -> Decimal:
        """What the customer's own prices and the promotions take off the standard prices."""
        if self.quote is None:
            return Decimal(0)
        off = self.quote.totals.discount
        for line in self.quote.lines:
            standard = line.trace.standard_price if line.trace else None
            if standard is not None and standard > line.unit_price:
                off += (standard - line.unit_price) * line.quantity
        return off

    def credit_left(self) -> Decimal | None:
        """On account, after what waits on this phone and before this order; None without a limit."""
        waiting = self.app.engine.replica.orders(self.organisation.id, statuses=["queued"], limit=200)
        return available(self.organisation, [order for order in waiting if order.id != self.draft.id])

    def blockers(self) -> tuple[Problem, ...]:
        """What must be settled before this can be submitted."""
        if self.quote is None:
            return ()
        if len(self.draft.lines) > MAX_ORDER_LINES:
            return (Problem("too_many_lines", None, {"limit": MAX_ORDER_LINES}), *self.quote.problems)
        return self.quote.problems

    @property
    def ready(self) -> bool:
        return self.quote is not None and bool(self.quote.lines) and not self.blockers()

    # changing

    def set_quantity(self, product_id: str, quantity: int) -> None:
        """As typed or stepped; 0 takes the line out. The quantity may break the order rule until ``settle``."""
        self._rounded.pop(product_id, None)
        misread = self._misread.pop(product_id, "")
        self._put(product_id, quantity)
        if misread:
            self._tell(product_id)

    def misread(self, product_id: str, text: str) -> None:
        """The field was left with what is no whole number: the quantity stays, and that is said."""
        self._rounded.pop(product_id, None)
        self._misread[product_id] = text.strip()[:20]
        self._revise(product_id)
        self._put(product_id, self.view(product_id).quantity)
        self._tell(product_id)

    def step(self, product: Product, direction: int) -> None:
        """One press of "+" or "−"; the field is made to show the outcome."""
        current = self.view(product.id).quantity
        found = steps(product, current)
        wanted = found.up if direction > 0 else found.down
        self._revise(product.id)
        self.set_quantity(product.id, current if wanted is None else wanted)

    def add(self, product: Product, quantity: int) -> int:
        """So many more, rounded up to what may be ordered; how many there are then."""
        wanted = self.view(product.id).quantity + quantity
        first, last = orderable_range(product)
        self._revise(product.id)
        self.set_quantity(product.id, round_up(product, wanted) if first <= last and wanted <= last else wanted)
        return self.view(product.id).quantity

    def put_back(self, product_id: str, quantity: int) -> None:
        """As it was before something was added."""
        self._revise(product_id)
        self.set_quantity(product_id, quantity)

    def settle(self, product_id: str, text: str = "") -> None:
        """Round up to what may be ordered, as when the field with ``text`` is left, and remember what was typed. More
        than can be ordered at once stays as it is, to be seen and mended."""
        quantity = self.view(product_id).quantity
        if text and text != str(quantity):
            # "２４" or nonsense: the field is to show the quantity there is.
            self._revise(product_id)
            self._put(product_id, quantity)
        product = self.pricer.product(product_id)
        if product is None or quantity <= 0 or quantity > MAX_QUANTITY:
            return
        first, last = orderable_range(product)
        if first > last or check(product, quantity).ok:
            return
        self._rounded[product_id] = quantity
        self._revise(product_id)
        self._put(product_id, round_up(product, quantity))

    def settle_all(self) -> None:
        for line in self.draft.lines:
            self.settle(line.product)

    def remove(self, product_id: str) -> Callable[[], None]:
        """Take a line out; returns what puts it back where it was."""
        before = self.draft.lines
        self._revise(product_id)
        self.set_quantity(product_id, 0)

        def put_back() -> None:
            line = next((line for line in before if line.product == product_id), None)
            if line is None or any(kept.product == product_id for kept in self.draft.lines):
                return
            lines = list(self.draft.lines)
            lines.insert(min(before.index(line), len(lines)), line)
            self._revise(product_id)
            self._change(replace(self.draft, lines=tuple(lines)), product_id)

        return put_back

    def set_note(self, note: str) -> None:
        self._save(replace(self.draft, note=note[:2000]))

    def set_delivery(
        self, *, address: str | None = None, wanted_on: date | None = None, shortage: Shortage | None = None
    ) -> None:
        """Each given one changes; ``date.min`` clears the day."""
        day = None if wanted_on == date.min else (wanted_on or self.draft.wanted_on)
        self._save(
            replace(
                self.draft,
                address=address or self.draft.address,
                wanted_on=day,
                shortage=shortage or self.draft.shortage,
            )
        )
        self._tell(_EVERYTHING)

    def refresh(self) -> None:
        """Price anew from the rows the phone has now. ``prices_changed`` says that this changed a unit price. The
        list renders itself again when rows change, so its rows are not told one by one."""
        facts = self.app.engine.replica.facts(self.draft.organisation)
        if facts is None:
            self._pricer = None
            return
        before = {product: view.unit_price for product, view in self._views.items()}
        self._pricer = Pricer(facts, self.app.server_now())
        self._requote()
        after = {product: view.unit_price for product, view in self._views.items()}
        if any(product in after and after[product] != price for product, price in before.items() if price is not None):
            self.prices_changed = True
        self._tell(_EVERYTHING)

    def command(self) -> OrderPlace:
        """What is submitted: every figure as it is shown."""
        assert self.quote is not None
        assert self.ready, "there is something in the way"
        return placing(self.draft, self.quote, self.pricer.at, self.organisation)

    async def submit(self, hold: float = 0) -> bool:
        """Put the order into the outbox, durably; it is sent after ``hold`` seconds. False when what was shown no
        longer holds: look again first."""
        assert self.quote is not None
        shown = self.quote.totals.total
        if not self.pricer.holds_at(self.app.server_now()):
            self.refresh()
        if not self.ready or self.quote.totals.total != shown:
            return False
        command = self.command()
        engine = self.app.engine
        if not any(
            is_order(entry.name, entry.args, self.draft.id)
            for entry in engine.entries()
            if entry.id != self.draft.mends
        ):
            mended = engine.outbox.find(self.draft.mends) if self.draft.mends else None
            if mended is not None and mended.state in ("rejected", "blocked"):
                await engine.replace(mended.id, command)
            else:
                await engine.submit(command, hold=hold)
        self.app.drafts.drop(self.draft.id)
        self.app.sync_now()
        return True

    # telling

    def listen(self, product_id: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told when this product's line looks different; "" for every change (the bar)."""
        listeners = self._listeners.setdefault(product_id, [])
        listeners.append(listener)

        def stop() -> None:
            if listener in listeners:
                listeners.remove(listener)

        return stop

    def _tell(self, name: str) -> None:
        for listener in list(self._listeners.get(name, ())):
            listener()

    def _revise(self, product_id: str) -> None:
        self._revisions[product_id] = self._revisions.get(product_id, 0) + 1

    def _put(self, product_id: str, quantity: int) -> None:
        lines = list(self.draft.lines)
        index = next((index for index, line in enumerate(lines) if line.product == product_id), None)
        if index is None:
            if quantity > 0:
                lines.append(DraftLine(new_id(), product_id, quantity))
        elif quantity > 0:
            lines[index] = replace(lines[index], quantity=quantity)
        else:
            del lines[index]
        self._change(replace(self.draft, lines=tuple(lines)), product_id)

    def _change(self, draft: OrderDraft, touched: str) -> None:
        """The row that was touched is told first: it is being looked at. Then the draft is written, at any rate."""
        self.draft = draft
        try:
            self._untold.update(self._requote())
            if touched in self._untold:
                self._untold.remove(touched)
                self._tell(touched)
            self._tell(_EVERYTHING)
            self._tell_others()
        finally:
            self._save(draft)

    def _tell_others(self) -> None:
        """A discount on the whole order changes each line's share of it: drawn at every press of "+", a dozen rows
        would keep the one that is pressed waiting."""
        self._changes += 1
        change = self._changes

        def tell() -> None:
            if change == self._changes:
                told, self._untold = sorted(self._untold), set()
                for product_id in told:
                    self._tell(product_id)

        if self._untold:
            self.app.later(_PAUSE, tell)

    def _save(self, draft: OrderDraft) -> None:
        self.draft = replace(draft, changed_at=self.app.now())
        if draft.lines:
            self.app.drafts.keep(self.draft)
        else:
            self.app.drafts.drop(draft.id)

    def _requote(self) -> list[str]:
        """The products whose line looks different now."""
        if self._pricer is None:
            return []
        wanted = [Wanted(line.id, line.product, line.quantity) for line in self.draft.lines]
        self.quote = self._pricer.quote(wanted, self.draft.id)
        quoted = {line.id: line for line in self.quote.lines}
        problems: dict[str, Problem] = {}
        for problem in self.quote.problems:
            if problem.line_id is not None:
                problems.setdefault(problem.line_id, problem)
        before, self._views = self._views, {}
        for line in self.draft.lines:
            self._views[line.product] = self._line_view(line, quoted.get(line.id), problems.get(line.id))
        return [product for product in {*before, *self._views} if before.get(product) != self._views.get(product)]

    def _line_view(self, line: DraftLine, quoted: QuotedLine | None, problem: Problem | None) -> LineView:
        rounded = self._rounded.get(line.product)
        misread, revision = self._misread.get(line.product, ""), self._revisions.get(line.product, 0)
        if quoted is None:
            return LineView(line.quantity, problem=problem, rounded_from=rounded, misread=misread, revision=revision)
        return LineView(
            quantity=line.quantity,
            net=quoted.net,
            goods=quoted.goods,
            unit_price=quoted.unit_price,
            promotions=quoted.promotions,
            problem=problem,
            rounded_from=rounded,
            misread=misread,
            revision=revision,
        )
