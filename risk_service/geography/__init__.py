"""Where regions and countries are and what they are called, and the outline of land, for maps and clocks."""

from __future__ import annotations

from risk_service.geography.land import Box, land_within
from risk_service.geography.places import Position, country_at, hours_east, region_at, region_name

__all__ = ["Box", "Position", "country_at", "hours_east", "land_within", "region_at", "region_name"]
