"""Telegram over real HTTP: what it takes, each way in which it fails, and that the token is never told."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

import pytest
import telegram_server as faults
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram_server import CHAT, TOKEN, TelegramServer

from allocator.core.errors import NotifyError
from allocator.notify import Delayed, Message, Refused
from allocator.notify.splitting import units
from allocator.notify.telegram import Telegram

REPEAT = "(again)"


@pytest.fixture(scope="module")
def _server() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
def server(_server: TelegramServer) -> TelegramServer:
    _server.taken.clear()
    _server.faults.clear()
    return _server


def bot(server: TelegramServer, token: str = TOKEN, chat: str = CHAT, **more: object) -> Telegram:
    return Telegram(token, chat, **({"base_url": server.url, "repeat": REPEAT, "timeout_s": (5, 10)} | more))


def send(channel: Telegram, message: Message, *, again: bool = False) -> None:
    try:
        for part in channel.split(message):
            channel.send(part, "key/0", again=again)
    finally:
        channel.close()


def failure(channel: Telegram) -> NotifyError:
    with pytest.raises(NotifyError) as caught:
        send(channel, Message("subject", "body"))
    told = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in told, "the traceback gives the token away"
    return caught.value


def test_a_message_arrives_as_plain_text_with_a_bold_subject(server):
    """Markup in it is text, and so is what another parse mode would stumble over."""
    send(bot(server), Message("😀 <b>Тема</b>", "*a* _b_ [c](d) <i>&amp;"))
    (message,) = server.taken
    assert "😀 <b>Тема</b>\n\n*a* _b_ [c](d) <i>&amp;" == message["text"]
    assert [{"type": "bold", "offset": 0, "length": 14}] == message["entities"]
    assert "parse_mode" not in message
    assert (CHAT, {"is_disabled": True}) == (message["chat_id"], message["link_preview_options"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(subject=st.text(max_size=300), body=st.text(max_size=300), times=st.integers(1, 40))
def test_any_text_is_taken(server, subject, body, times):
    """Whatever it is, in parts that the server's own rules allow."""
    server.taken.clear()
    send(bot(server), Message(subject, (body + "\n") * times), again=True)
    assert server.taken


def test_a_long_message_comes_in_parts(server):
    """The first has the subject; lines are whole."""
    lines = [f"line {number}" for number in range(1000)]
    send(bot(server), Message("Subject", "\n".join(lines)))
    assert 3 == len(server.texts)
    assert ["Subject", "", *lines] == "\n".join(server.texts).split("\n")
    assert [True, False, False] == ["entities" in message for message in server.taken]
    assert all(units(words) <= 4096 for words in server.texts)


def test_a_repeat_is_marked_where_there_is_room(server):
    """The reader learns that it may have come before."""
    send(bot(server), Message("Subject", "body"), again=True)
    send(bot(server), Message("S", "x" * 4093), again=True)
    assert [f"Subject\n\nbody\n\n{REPEAT}", "S\n\n" + "x" * 4093] == server.texts


@pytest.mark.parametrize(
    ("fault", "after_s", "doubtful", "said"),
    [
        (faults.too_many(17), 17.0, False, "asks to write less often"),
        (faults.raw(429, b"", {"Retry-After": "5"}), 5.0, False, "asks to write less often"),
        (faults.raw(429, b'{"ok": false, "parameters": {"retry_after": NaN}}'), None, False, "less often"),
        (faults.raw(429, b'{"ok": false, "parameters": {"retry_after": "x"}}'), None, False, "less often"),
        (faults.raw(429, b'{"ok": false, "parameters": {"retry_after": 1e300}}'), 86400.0, False, "less often"),
        (faults.status(500, "Internal Server Error"), None, False, r"out of order \(500\)"),
        (faults.raw(502, b"<html>Bad Gateway</html>"), None, True, r"out of order \(502\)"),
        (faults.raw(200, b"<html>Log in to the hotel</html>"), None, True, "not Telegram's"),
        (faults.raw(200, b'{"ok": tr'), None, True, "not Telegram's"),
        (faults.raw(200, b"[" * 50_000), None, True, "not Telegram's"),
        (faults.raw(200, b" " * 300_000 + b'{"ok": true}'), None, True, "not Telegram's"),
        (faults.raw(302, b"", {"Location": "http://127.0.0.1:1/"}), None, False, "not Telegram's"),
        (faults.raw(401, b"<html>who are you?</html>"), None, False, "not Telegram's"),
        (faults.reset, None, True, "got lost"),
        (faults.taken_and_lost, None, True, "not Telegram's|got lost"),
    ],
)
def test_what_passes_is_tried_later(server, fault, after_s, doubtful, said):
    """After the wait that is asked for; and whether it may have arrived all the same is known."""
    server.faults.append(fault)
    found = failure(bot(server))
    assert isinstance(found, Delayed)
    assert (after_s, doubtful) == (found.after_s, found.doubtful)
    with pytest.raises(Delayed, match=said):
        raise found


def test_a_server_that_hangs_is_left(server):
    """After the time limit; the message may have arrived."""
    server.faults.append(faults.hang)
    found = failure(bot(server, timeout_s=(5, 0.2)))
    assert isinstance(found, Delayed)
    assert found.doubtful


def test_an_answer_that_drips_cannot_outlive_the_limit(server):
    """The clock runs over all of the answer, not from piece to piece."""
    server.faults.append(faults.drip)
    ticks = iter([0.0, 31.0])
    found = failure(bot(server, monotonic=lambda: next(ticks), timeout_s=(5, 60)))
    assert isinstance(found, Delayed)
    assert found.doubtful
    assert [] == list(ticks)


def test_nobody_there_is_no_doubt():
    """Without a connection nothing can have arrived."""
    found = failure(Telegram(TOKEN, CHAT, base_url="http://127.0.0.1:9", timeout_s=(2, 2)))
    assert isinstance(found, Delayed)
    assert not found.doubtful
    assert "cannot be reached" in str(found)


def test_a_dead_proxy_is_named_by_its_key(server):
    """And not by its address, which may hold a password."""
    found = failure(bot(server, proxy="http://me:pass@127.0.0.1:9"))
    assert isinstance(found, Delayed)
    assert "[telegram] proxy" in str(found)
    assert "pass" not in str(found)


@pytest.mark.parametrize("proxy", ["http://", "gopher://127.0.0.1:9", "http://127.0.0.1:99999"])
def test_a_proxy_that_is_none_is_refused(server, proxy):
    """Nothing was sent, so nothing is in doubt; it is to be corrected."""
    found = failure(bot(server, proxy=proxy))
    assert isinstance(found, Refused | Delayed)
    assert "[telegram] proxy" in str(found)
    assert not getattr(found, "doubtful", False)


@pytest.mark.parametrize(
    ("fault", "everything", "said"),
    [
        (faults.status(401, "Unauthorized"), True, "does not know the bot's token. Ask @BotFather"),
        (faults.status(404, "Not Found"), True, "does not know the bot's token. Ask @BotFather"),
        (faults.status(403, "Forbidden: bot was blocked by the user"), True, "blocked by the user. Open the chat"),
        (faults.status(400, "Bad Request: chat not found"), True, "does not find the chat"),
        (faults.status(400, "Bad Request: PEER_ID_INVALID"), True, "does not find the chat"),
        (
            faults.status(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100123),
            True,
            "Write chat = -100123.",
        ),
        (faults.status(400, "Bad Request: message is too long"), False, "refuses the message: Bad Request"),
        (faults.status(413, f"too large, {TOKEN}\x1b[31m"), False, "too large, ***"),
    ],
)
def test_what_stays_so_is_told_apart_with_what_to_do(server, fault, everything, said):
    """A token, a chat, a right: every message; words that are refused: this message."""
    server.faults.append(fault)
    found = failure(bot(server))
    assert isinstance(found, Refused)
    assert everything is found.everything
    assert said in str(found)
    assert TOKEN not in str(found)


@pytest.mark.parametrize(
    ("token", "chat", "said"),
    [("1:wrong", CHAT, "token"), (TOKEN, "99", "find the chat"), ("no/token at all", CHAT, "token")],
)
def test_a_wrong_token_or_chat_is_refused_by_the_server_itself(server, token, chat, said):
    """As the API answers them."""
    with pytest.raises(Refused, match=said):
        send(bot(server, token, chat), Message("a", "b"))


def test_the_token_is_in_no_log(server, caplog):
    """Not even at the finest level of the HTTP library, which logs addresses."""
    caplog.set_level(logging.DEBUG)
    server.faults.append(faults.status(500))
    failure(bot(server))
    send(bot(server), Message("a", "b"))
    assert "sendMessage" in caplog.text
    assert TOKEN not in caplog.text
