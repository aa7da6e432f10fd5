"""Where regions and countries are and what they are called, and the outline of land, for maps and clocks."""

from __future__ import annotations

from risk_service.geography.land import Box, land_within
from risk_service.geography.places import CLOCKS, Position, country_at, hours_east, local_time, region_at, region_name

__all__ = [
    "CLOCKS",
    "Box",
    "Position",
    "country_at",
    "hours_east",
    "land_within",
    "local_time",
    "region_at",
    "region_name",
]
