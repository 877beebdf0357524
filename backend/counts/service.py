"""What other slices, importers and the demo may use of counts."""

from sqlalchemy.ext.asyncio import AsyncSession

from backend.counts import queries
from backend.counts.deciding import decide_count
from backend.counts.setting_up import configure_counts, save_count_list
from backend.counts.taking import ask_for_count, submit_count

__all__ = [
    "ask_for_count",
    "configure_counts",
    "decide_count",
    "names_category",
    "save_count_list",
    "submit_count",
]


async def names_category(session: AsyncSession, tenant_id: str, category_id: str) -> bool:
    """Whether a list of what to count, or a limit of differences, is for this category."""
    if any(category_id in row.categories for row in await queries.count_lists(session, tenant_id)):
        return True
    settings = await queries.settings(session, tenant_id)
    return settings is not None and any(rule.get("category") == category_id for rule in settings.rules)
