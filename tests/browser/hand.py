"""A person's hand on mouse and keyboard, which counts what it does."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

# Keystroke-level model of Card, Moran and Newell (1980), in seconds: a key of an average typist, pointing with the
# mouse, pressing its button down and up, and making up one's mind before each of these.
KEY, POINT, BUTTON, MIND = 0.28, 1.1, 0.2, 1.35


@dataclass
class Hand:
    """Does what a person does, and keeps count.

    Attributes
    ----------
    clicks, keys
        So far; choosing from a list is two clicks.
    waited
        Seconds until pages were there.
    """

    page: Any
    address: str
    clicks: int = 0
    keys: int = 0
    waited: float = field(default=0.0, repr=False)

    def open(self, path):
        """Begin somewhere; not counted as a click."""
        self._wait(lambda: self.page.goto(self.address + path))

    def click(self, what):
        """Click on what stays on the page: a choice, a place further down."""
        self.clicks += 1
        self.page.locator(what).first.click()

    def follow(self, what):
        """Click on what leads to a page, the same one anew as well, and wait until that is there."""
        self.clicks += 1
        self._wait(self.page.locator(what).first.click)

    def choose(self, what, value):
        """Choose from a list."""
        self.clicks += 2
        self.page.locator(what).select_option(value)

    def press(self, key):
        """Press a key that stays on the page."""
        self.keys += 1
        self.page.keyboard.press(key)

    def go(self, key):
        """Press a key that leads to a page, and wait until that is there."""
        self.keys += 1
        self._wait(lambda: self.page.keyboard.press(key))

    def type(self, what, text):
        """Click into a field and type."""
        self.clicks += 1
        self.keys += len(text)
        self.page.fill(what, text)

    def save(self, what):
        """Click on a file, and return what was saved."""
        self.clicks += 1
        with self.page.expect_download() as coming:
            self.page.locator(what).first.click()
        return coming.value

    @property
    def text(self):
        """What the page says."""
        return " ".join(self.page.locator("main").inner_text().split())

    def account(self, journey):
        """One line of what the journey took."""
        by_hand = self.clicks * (MIND + POINT + BUTTON) + self.keys * KEY
        return (
            f"{journey}: {self.clicks} clicks, {self.keys} keys, {self.waited:.1f} s until pages were there; "
            f"about {by_hand:.0f} s by hand"
        )

    def _wait(self, act):
        # Told before it is done: whoever only looks afterwards may still find the page that was there.
        begun = time.perf_counter()
        with self.page.expect_navigation(wait_until="load"):
            act()
        self.waited += time.perf_counter() - begun
