"""Requests and answers as bytes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.http.wsgi import FileWrapper

from risk_service.cli._requests import SMALL, Answer, Came, came

HEAD = b"POST /x HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", Came.PART),
        (b"GET /x HT", Came.PART),
        (HEAD, Came.PART),
        (HEAD + b"\r", Came.PART),
        (HEAD + b"\r\n", Came.WHOLE),
        (HEAD + b"\r\nGET /y HT", Came.WHOLE),
        (HEAD + b"content-LENGTH:3\r\n\r\nab", Came.PART),
        (HEAD + b"Content-Length: 3 \r\n\r\nabc", Came.WHOLE),
        (HEAD + b"Content-Length: 0\r\n\r\n", Came.WHOLE),
        (HEAD + b"X-Content-Length: 3\r\n\r\n", Came.WHOLE),
        (HEAD + b"X: a\r\n\r\nContent-Length: 9\r\n\r\n", Came.WHOLE),  # behind the head is no head
        (HEAD + b"Content-Length: %d\r\n\r\n" % SMALL, Came.LARGE),
        (HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", Came.LARGE),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", Came.LARGE),
        (HEAD + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n", Came.LARGE),
        (HEAD + b"Upgrade: h2c\r\n\r\n", Came.LARGE),
        (b"GET /x HTTP/1.1\n\n", Came.LARGE),
        (b"x" * 10_000, Came.LARGE),
        (HEAD + b"X: " + b"x" * SMALL, Came.LARGE),
    ],
)
def test_what_has_come_of_a_request(data, what):
    assert came(data) is what


class Sent:
    """A socket that keeps what is sent, and whether it was a file."""

    def __init__(self):
        self.pieces = []

    def sendall(self, data):
        self.pieces.append(bytes(data))

    def sendfile(self, file, offset, count):
        file.seek(offset)
        self.pieces.append(file.read(count))


def made(method="GET", headers=()):
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    answer = Answer(request, Sent(), Config())
    answer.start_response("200 OK", list(headers))
    return answer


def test_a_head_goes_with_the_first_part_of_its_body():
    answer = made(headers=[("Content-Length", "6"), ("X-Some", "thing")])
    assert not answer.begun
    answer.write(b"abc")
    assert answer.begun
    answer.write(b"def")
    answer.close()

    first, second = answer.sock.pieces
    assert first.startswith(b"HTTP/1.1 200 OK\r\nServer: ")
    assert first.endswith(b"\r\nX-Some: thing\r\n\r\nabc")
    assert second == b"def"


def test_without_a_length_the_parts_have_theirs():
    answer = made()
    for part in (b"abc", b"", b"0123456789abcdef"):
        answer.write(part)
    answer.close()

    first, second, last = answer.sock.pieces
    assert b"\r\nTransfer-Encoding: chunked\r\n" in first
    assert first.endswith(b"\r\n\r\n3\r\nabc\r\n")
    assert (second, last) == (b"10\r\n0123456789abcdef\r\n", b"0\r\n\r\n")


def test_what_has_no_body_has_a_head():
    answer = made("HEAD", [("Content-Length", "3")])
    answer.write(b"abc")
    answer.close()

    (only,) = answer.sock.pieces
    assert only.endswith(b"\r\n\r\n")
    assert b"Content-Length: 3" in only


def test_a_file_comes_after_its_head(tmp_path):
    (tmp_path / "file").write_bytes(b"what is in it")
    with (tmp_path / "file").open("rb") as file:
        answer = made(headers=[("Content-Length", "13")])
        answer.write_file(FileWrapper(file))
        answer.close()

    assert len(answer.sock.pieces) == 2
    assert answer.sock.pieces[1] == b"what is in it"
