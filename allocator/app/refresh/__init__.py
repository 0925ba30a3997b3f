"""The nightly refresh: what is missing, asked of the exchange, judged, and stored ticker by ticker."""

from allocator.app.refresh.refresher import Progress, Refresher, Request

__all__ = ["Progress", "Refresher", "Request"]
