"""The version of the definitions: which formulas a closed month was computed with."""

from __future__ import annotations

from typing import Final

DEFINITIONS: Final = 1
"""Rises whenever a formula of core.kpi gives another figure for the same facts and settings."""
