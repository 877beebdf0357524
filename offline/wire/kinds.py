"""Words that a field may hold, for fields that stand in several messages: commands, rows and the server's tables."""

from typing import Literal

OrganisationType = Literal["head_office", "distributor", "dealer", "shop"]
PartnerType = Literal["distributor", "dealer", "shop"]
PartnerStatus = Literal["prospect", "active", "blocked", "exited"]
ProductStatus = Literal["active", "withdrawn"]
PriceListKind = Literal["base", "group", "customer", "contract"]
PriceStrategy = Literal["priority", "cheapest"]
PromotionKind = Literal["threshold", "buy_x_get_y", "bundle", "gift", "mix_and_match"]
Shortage = Literal["backorder", "partial", "full"]
# "" takes over what is set further up.
FenceMode = Literal["", "off", "warn", "block"]
