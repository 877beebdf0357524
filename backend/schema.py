"""Every table: importing this makes ``Base.metadata`` complete, for migrations and tests. A new slice's models are
added here."""

from sqlalchemy import MetaData

from backend import housekeeping
from backend.catalog import models as catalog
from backend.claims import models as claims
from backend.counts import models as counts
from backend.db import Base
from backend.identity import models as identity
from backend.jobs import models as jobs
from backend.learning import models as learning
from backend.media import models as media
from backend.notices import models as notices
from backend.orders import models as orders
from backend.partners import models as partners
from backend.push import models as push
from backend.stock import models as stock
from backend.sync import models as sync
from backend.visits import models as visits

MODELS = (
    housekeeping,
    catalog,
    claims,
    counts,
    identity,
    media,
    jobs,
    learning,
    notices,
    push,
    orders,
    partners,
    stock,
    sync,
    visits,
)


def metadata() -> MetaData:
    return Base.metadata
