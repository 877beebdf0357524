"""What the app and other slices use of claims."""

from backend.claims.applying import expire_activities
from backend.claims.filing import files_arrived

__all__ = ["expire_activities", "files_arrived"]
