"""Whose answer it is: the server's, or that of something on the way to it."""

import pytest

from offline.exchange import of_ours
from offline.store import Response, Unreachable

PAGE = {"content-type": "text/html; charset=utf-8"}


@pytest.mark.parametrize("status", [200, 204, 302, 401])
def test_a_page_is_not_our_servers_answer(status: int) -> None:
    with pytest.raises(Unreachable):
        of_ours(Response(status, b"<html>Welcome to our Wi-Fi</html>", PAGE))


@pytest.mark.parametrize("answer", [
    Response(200, b"{}", {"content-type": "application/json"}),
    Response(401, b"{}", {"content-type": "application/problem+json"}),
    Response(204, b"", {}),
    # What a proxy says for a server that is away may name a time to come again.
    Response(503, b"<html>", {**PAGE, "retry-after": "30"}),
])  # fmt: skip
def test_other_answers_are_taken_as_they_come(answer: Response) -> None:
    assert of_ours(answer) is answer
