"""Codes as people type them: SKUs, barcodes, numbers of customers and lists."""

import re
import unicodedata

# As input methods leave letters, digits and hyphens; brackets and the like may be meant.
_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff0d]+")


def plain_code(code: str) -> str:
    """``code`` without full-width letters, digits and hyphens: ``ＱＳ－０４５０`` is ``QS-0450``."""
    return _WIDE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), code)
