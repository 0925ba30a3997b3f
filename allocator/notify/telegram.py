"""Telegram's plain Bot API: https://core.telegram.org/bots/api#sendmessage.

Text goes as it is, without a parse mode: nothing in it can be taken for markup, so nothing has to be escaped. The
subject is made bold by an entity, which names a span. The token is a part of the address, so no address is ever shown:
not in errors, and not in the log of urllib3, from which it is struck out.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import requests
import urllib3

from allocator.core.text import text
from allocator.notify.channel import Delayed, Message, Refused
from allocator.notify.splitting import cleaned, one_line, pieces, units

URL = "https://api.telegram.org"
LONGEST = 4096  # UTF-16 code units of a message
LONGEST_SUBJECT = 200
LARGEST_ANSWER = 1 << 16
LONGEST_WORDS = 200  # of the server, in an error
MOST_WAIT_S = 86_400.0
FOREIGN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)

_LOGGER = logging.getLogger("urllib3.connectionpool")
_TRY_LATER = text("It is tried again later by itself.")
_CHECK_TOKEN = text("Ask @BotFather for the token (/token), and see that it is what [telegram] token refers to.")
_PRESS_START = text("Open the chat with the bot and press Start, or make the bot a member of the group or channel.")
_CHECK_CHAT = text("Write to the bot, then look up the number: docs/messages.md tells how. A channel is @name.")
_CHECK_PROXY = text("See [telegram] proxy, or HTTPS_PROXY.")
_NOT_TELEGRAM = text("Something else answers at Telegram's address: see the proxy, [telegram] proxy or HTTPS_PROXY.")


class Telegram:
    """A bot that writes to one chat. `repeat` is put under what may have arrived before, in the reader's language.

    `timeout_s`: seconds to connect, and between two pieces of the answer; `longest_s`: of all of it. `monotonic` counts
    seconds.
    """

    name = "telegram"
    spacing_s = 1.0  # of one chat: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this

    def __init__(
        self,
        token: str,
        chat: str,
        *,
        base_url: str | None = None,
        proxy: str | None = None,
        repeat: str = "",
        timeout_s: tuple[float, float] = (5.0, 15.0),
        longest_s: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token, self._chat, self._repeat = token, chat, repeat
        self._url = f"{(base_url or URL).rstrip('/')}/bot{token}/sendMessage"
        self._timeout_s, self._longest_s, self._monotonic = timeout_s, longest_s, monotonic
        self._session = requests.Session()
        self._proxies = {"http": proxy, "https": proxy} if proxy else None  # without: those of the environment
        self._filter = _Struck(token)
        _LOGGER.addFilter(self._filter)

    def split(self, message: Message) -> Sequence[Message]:
        subject = one_line(message.subject, LONGEST_SUBJECT) or "allocator"
        first, *others = pieces(f"{subject}\n\n{cleaned(message.body)}", LONGEST)
        return [Message(subject, first.removeprefix(subject).lstrip()), *(Message("", other) for other in others)]

    def send(self, part: Message, key: str, *, again: bool) -> None:  # noqa: ARG002 -- the API knows no keys
        content = "\n\n".join(filter(None, (part.subject, part.body)))
        if again and self._repeat and units(content) + units(self._repeat) + 2 <= LONGEST:
            content = f"{content}\n\n{self._repeat}"
        sent: dict[str, object] = {"chat_id": self._chat, "text": content}
        if part.subject:
            sent["entities"] = [{"type": "bold", "offset": 0, "length": units(part.subject)}]
        sent["link_preview_options"] = {"is_disabled": True}
        status, answer = self._post(sent)
        if status == 200 and answer.get("ok") is True:
            return
        raise self._failure(status, answer)

    def close(self) -> None:
        _LOGGER.removeFilter(self._filter)
        self._session.close()

    def _post(self, sent: Mapping[str, object]) -> tuple[int, Mapping[str, Any]]:
        """The status and the object of the answer, empty when it is none. Raises: `Refused`, `Delayed`."""
        deadline = self._monotonic() + self._longest_s
        try:
            with self._session.post(
                self._url,
                json=sent,
                headers={"Accept-Encoding": "identity"},
                timeout=self._timeout_s,
                proxies=self._proxies,
                stream=True,
                allow_redirects=False,
            ) as response:
                body = bytearray()
                while piece := response.raw.read1(LARGEST_ANSWER, decode_content=True):
                    body += piece
                    if len(body) > LARGEST_ANSWER or self._monotonic() > deadline:
                        break
                retry_after = response.headers.get("Retry-After", "")
                return response.status_code, _read(bytes(body), retry_after)
        except FOREIGN as error:
            raise _lost(error) from None  # its words, and those of its causes, hold the address

    def _failure(self, status: int, answer: Mapping[str, Any]) -> Refused | Delayed:  # noqa: PLR0911 -- a line each
        """What an answer that is no success means: https://core.telegram.org/api/errors."""
        said = self._said(answer)
        more = answer.get("parameters")
        more = more if isinstance(more, dict) else {}
        if status == 429:
            return Delayed(text("Telegram asks to write less often."), _TRY_LATER, after_s=_seconds(more))
        if status >= 500:
            doubtful = not answer  # of a server before Telegram's own, which may have passed it on
            return Delayed(text("Telegram is out of order ({status}).", status=status), _TRY_LATER, doubtful=doubtful)
        if status < 400 or "ok" not in answer:
            message = text("The answer is not Telegram's (status {status}).", status=status)
            return Delayed(message, _NOT_TELEGRAM, doubtful=status == 200)
        if status in {401, 404}:
            return Refused(text("Telegram does not know the bot's token."), _CHECK_TOKEN)
        if status == 403:
            return Refused(text("Telegram does not let the bot write to this chat: {said}.", said=said), _PRESS_START)
        if isinstance(moved := more.get("migrate_to_chat_id"), int):
            return Refused(text("The group has become another chat."), text("Write chat = {chat}.", chat=str(moved)))
        if "chat" in said.lower() or "peer" in said.lower():
            return Refused(text("Telegram does not find the chat: {said}.", said=said), _CHECK_CHAT)
        return Refused(text("Telegram refuses the message: {said}.", said=said), everything=False)

    def _said(self, answer: Mapping[str, Any]) -> str:
        """The server's own words, which are not trusted to keep the token to themselves."""
        words = str(answer.get("description") or "?").replace(self._token, "***")
        return one_line(words, LONGEST_WORDS).rstrip(".")


class _Struck(logging.Filter):
    """Strikes the token out of what is logged."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage().replace(self._token, "***"), ()
        return True


def _read(body: bytes, retry_after: str) -> Mapping[str, Any]:
    with suppress(ValueError, RecursionError):
        answer = json.loads(body)
        if isinstance(answer, dict):
            return answer
    return {"parameters": {"retry_after": int(retry_after)}} if retry_after.isdecimal() else {}


def _seconds(parameters: Mapping[str, Any]) -> float | None:
    """How long to wait; None when it says nothing that makes sense."""
    wait = parameters.get("retry_after")
    return min(float(wait), MOST_WAIT_S) if isinstance(wait, int | float) and wait >= 0 else None


def _lost(error: Exception) -> Refused | Delayed:
    """No answer came; by its kind alone, since its words hold the address."""
    if isinstance(error, ValueError):  # requests' way to say that an address is none, or of an unknown kind
        return Refused(text("The proxy to Telegram has an address that cannot be used."), _CHECK_PROXY)
    if isinstance(error, requests.exceptions.ProxyError):
        return Delayed(
            text("The proxy to Telegram does not answer."), _CHECK_PROXY
        )  # fmt: skip
    if isinstance(error, requests.exceptions.SSLError):
        return Delayed(text("The connection to Telegram cannot be trusted: its certificate is wrong."), _NOT_TELEGRAM)
    if isinstance(error, requests.exceptions.ConnectTimeout) or _is_unmade(error):
        return Delayed(
            text("Telegram cannot be reached."),
            text("See the network; where Telegram is blocked, give a proxy: [telegram] proxy."),
        )
    return Delayed(text("Telegram's answer got lost: {kind}.", kind=type(error).__name__), _TRY_LATER, doubtful=True)


def _is_unmade(error: BaseException) -> bool:
    """Whether there was no connection, so that nothing can have arrived."""
    seen: BaseException | None = error
    for _ in range(10):
        if isinstance(seen, urllib3.exceptions.NewConnectionError | urllib3.exceptions.NameResolutionError):
            return True
        reason = getattr(seen, "reason", None) or next(iter(getattr(seen, "args", ())), None)
        if not isinstance(reason, BaseException):
            return False
        seen = reason
    return False
