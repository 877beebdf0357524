"""The commands and scopes the runs use: those of every slice, as ``backend.app`` puts them together."""

from backend.app import HANDLERS as APP_HANDLERS
from backend.app import SCOPES as APP_SCOPES
from backend.catalog import commands as catalog
from backend.catalog import scopes as catalog_scopes
from backend.identity import commands as identity
from backend.identity import scopes as identity_scopes
from backend.partners import commands as partners
from backend.partners import scopes as partners_scopes
from backend.stock import commands as stock
from backend.stock import scopes as stock_scopes

HANDLERS = (*identity.HANDLERS, *catalog.HANDLERS, *partners.HANDLERS, *stock.HANDLERS)
SCOPES = (identity_scopes.scopes_of, catalog_scopes.scopes_of, partners_scopes.scopes_of, stock_scopes.scopes_of)
if len(APP_HANDLERS) >= len(HANDLERS):
    HANDLERS = APP_HANDLERS
    SCOPES = APP_SCOPES
