"""The zone that the exchange keeps its time in."""

from zoneinfo import ZoneInfo

MOSCOW = ZoneInfo("Europe/Moscow")
