"""A person at the console, as a browser without script is one: keeps cookies, reads form tokens, follows redirects."""

from __future__ import annotations

import html
import re


class Visitor:
    def __init__(self, service, address="192.0.2.7"):
        self.service, self.address = service, address
        self.client = service.app.test_client()
        self.page = None
        self.token = ""

    def get(self, path):
        return self._took(self.client.get(path, headers={"Accept": "text/html"}, environ_base=self._from))

    def post(self, path, *, token=None, **fields):
        data = {"token": self.token if token is None else token, **fields}
        answer = self.client.post(path, data=data, headers={"Accept": "text/html"}, environ_base=self._from)
        return self._took(answer)

    def sign_in(self, login, password):
        self.get("/sign-in")
        return self.post("/sign-in", login=login, password=password)

    @property
    def _from(self):
        return {"REMOTE_ADDR": self.address}

    def _took(self, answer):
        self.page = answer
        found = re.search(r'name="token" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        if answer.status_code == 303 and answer.headers["Location"].startswith("/"):
            return self.get(answer.headers["Location"])
        return answer

    @property
    def text(self):
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.page.text)))

    @property
    def path(self):
        return self.page.request.path
