"""What other slices and the demo may use of visits."""

from backend.visits.days import Day
from backend.visits.making import check_in, check_out, record, show_photos
from backend.visits.planning import save_route
from backend.visits.settings import save_fence, save_template

__all__ = [
    "Day",
    "check_in",
    "check_out",
    "record",
    "save_fence",
    "save_route",
    "save_template",
    "show_photos",
]
