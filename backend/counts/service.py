"""What other slices, importers and the demo may use of counts."""

from backend.counts.deciding import decide_count
from backend.counts.setting_up import configure_counts, save_count_list
from backend.counts.taking import ask_for_count, submit_count

__all__ = [
    "ask_for_count",
    "configure_counts",
    "decide_count",
    "save_count_list",
    "submit_count",
]
