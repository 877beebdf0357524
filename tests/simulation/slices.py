"""The commands and scopes the runs use: those of every slice, as ``backend.app`` puts them together."""

from backend.app import HANDLERS, SCOPES

__all__ = ["HANDLERS", "SCOPES"]
