"""What the app and other slices use of claims."""

from backend.claims.filing import files_arrived

__all__ = ["files_arrived"]
