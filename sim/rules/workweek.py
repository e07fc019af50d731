"""The working week, in which use is counted."""

from __future__ import annotations

__all__ = ["WORKDAY", "WORKDAYS"]

WORKDAYS = 5.0
"""Days of a week on which a tool can be used."""

WORKDAY = 0.2
"""One workday as a share of the week. Multiplied by rather than divided by ``WORKDAYS``: a product
is quicker, and its last bit, which recorded numbers hang on, differs from the quotient's."""
