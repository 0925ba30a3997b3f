"""The ways to a person: Telegram, e-mail and the console, behind one protocol."""

from allocator.notify.channel import Channel, Delayed, Message, Refused

__all__ = ["Channel", "Delayed", "Message", "Refused"]
