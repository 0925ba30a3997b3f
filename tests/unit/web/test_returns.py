"""No way out of the site by a redirect."""

from __future__ import annotations

from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.web.returns import HOME, back_to, ours, sign_in_path


@pytest.mark.parametrize(
    "raw",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        " /x",
        "/x y",
        "/" + "x" * 5000,
        "/x\r\nSet-Cookie: a=b",
    ],
)
def test_what_leads_elsewhere_leads_home(raw: str) -> None:
    """An address that a browser may take for one of another host, or that is none, becomes the front page."""
    assert HOME == ours(raw)


@pytest.mark.parametrize("raw", ["/", "/accounts", "/accounts/%D0%98%D0%98%D0%A1?day=1&x=//y", "/счета"])
def test_our_pages_stay(raw: str) -> None:
    """A path with its query is gone back to."""
    assert raw == ours(raw)


@given(st.text(alphabet=st.sampled_from("/\\ax:@.?#\t\n\r %"), max_size=12))
def test_a_redirect_stays_on_the_host(raw: str) -> None:
    """Whatever was asked for, a browser makes an address on the same host of it; the header is one line."""
    location = back_to(raw).headers["location"]
    assert "here.example" == urlsplit(urljoin("http://here.example/page", location)).netloc
    assert not {"\r", "\n"} & set(location)


def test_the_page_of_the_password_knows_where_to_go_on() -> None:
    """The path and its query arrive whole."""
    wanted = "/accounts?a=1&b=2"
    assert {"next": [wanted]} == parse_qs(urlsplit(sign_in_path(wanted)).query)
    assert "/login" == sign_in_path("/")
