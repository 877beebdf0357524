"""Text in a file for a spreadsheet: none of it runs as a formula (OWASP, "CSV Injection")."""

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins with one of these may be run; spreadsheets of East Asia take the wide ones for the same."""


def defused(text: str) -> str:
    """``text`` so that no spreadsheet runs it; also what already begins with apostrophes before such a sign."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_SIGNS) else text
