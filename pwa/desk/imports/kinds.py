"""The kinds of table that are taken in, and where the desk lists what they hold."""

# In the order in which a new brand needs them.
LISTS = {
    "products": "/desk/products",
    "price-lists": "/desk/price-lists",
    "partners": "/desk/customers",
    "stock": "/desk/stock",
    "assortments": "/desk/assortments",
    "orders": "/desk/orders?tab=all",
}


def listed_at(address: str) -> str:
    """The kind whose list that is; "" where no file can hold it."""
    return next((kind for kind, to in LISTS.items() if to == address), "")
