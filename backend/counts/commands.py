"""Commands of the counts slice."""

from backend.counts.deciding import decide_count
from backend.counts.setting_up import configure_counts, save_count_list
from backend.counts.taking import ask_for_count, submit_count
from backend.sync.commands import Handler
from offline.wire.counts import CountAsk, CountConfigure, CountDecide, CountListSave, CountSubmit

HANDLERS: tuple[Handler, ...] = (
    Handler(CountAsk, "count.decide", ask_for_count),
    Handler(CountSubmit, "count.make", submit_count),
    Handler(CountDecide, "count.decide", decide_count),
    Handler(CountConfigure, "count.setup", configure_counts),
    Handler(CountListSave, "count.setup", save_count_list),
)
