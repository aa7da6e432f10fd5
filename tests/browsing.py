"""A browser without script, for tests of pages."""

from __future__ import annotations

import html
import re


class Browser:
    """A client that keeps its session and reads form tokens, as a browser without script does."""

    def __init__(self, service):
        self.service = service
        self.client = service.app.test_client()
        self.page = self.get("/sign-in")

    def get(self, path):
        self.page = self.client.get(path, headers={"Accept": "text/html"})
        return self.page

    def post(self, path, **fields):
        token = re.search(r'name="token" value="([^"]+)"', self.page.text)[1]
        self.page = self.client.post(path, data={"token": token, **fields}, headers={"Accept": "text/html"})
        if self.page.status_code == 303:
            self.get(self.page.headers["Location"])
        return self.page

    def sign_in(self, role="supervisor", *, key=None, purpose="case_work"):
        return self.post("/sign-in", key=key or self.service.key[role], purpose=purpose)

    @property
    def text(self):
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.page.text)))
