"""The exchange outside: where quotes come from. A provider's libraries load only when it is asked for."""

from allocator.market.provider import QuoteProvider, pasted, provider

__all__ = ["QuoteProvider", "pasted", "provider"]
