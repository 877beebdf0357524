"""Commands of the visits slice."""

from backend.sync.commands import Handler
from backend.visits.holding import prepare
from backend.visits.making import check_in, check_out, explain, record
from backend.visits.planning import add_visit, cancel_visit, save_route
from backend.visits.settings import save_fence, save_shop, save_template
from offline.wire import visits as wire

HANDLERS: tuple[Handler, ...] = (
    Handler(wire.VisitCheckIn, "visit.make", check_in, prepare),
    Handler(wire.VisitRecord, "visit.make", record, prepare),
    Handler(wire.VisitCheckOut, "visit.make", check_out, prepare),
    Handler(wire.VisitExplain, "visit.make", explain, prepare),
    Handler(wire.VisitAdd, "visit.make", add_visit, prepare),
    Handler(wire.VisitCancel, "visit.make", cancel_visit, prepare),
    Handler(wire.VisitRouteSave, "visit.plan", save_route),
    Handler(wire.VisitTemplateSave, "visit.plan", save_template),
    Handler(wire.VisitFenceSave, "visit.plan", save_fence),
    Handler(wire.VisitShopSave, "visit.plan", save_shop),
)
