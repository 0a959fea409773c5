"""Headless Chromium for the tests, over its own protocol on two pipes: nothing has to be installed but the browser.

https://chromedevtools.github.io/devtools-protocol/ lists the commands. Debian calls the package ``chromium``.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import signal
import tempfile

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATH = next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A browser with one page."""

    def __init__(self) -> None:
        assert PATH is not None, f"none of {', '.join(NAMES)} is installed; on Debian: apt-get install chromium"
        self.profile = tempfile.mkdtemp(prefix="newsnorm-browser-")
        theirs_in, self.to = os.pipe()
        self.of, theirs_out = os.pipe()
        arguments = [
            *(PATH, "--headless", "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "--no-first-run"),
            # In a container the sandbox cannot be set up and shared memory is small. Nothing is loaded from elsewhere.
            *("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"),
            *("--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"),
        ]
        # It reads commands from file 3 and writes answers to file 4.
        shuffled = [
            *((os.POSIX_SPAWN_DUP2, theirs_in, 13), (os.POSIX_SPAWN_DUP2, theirs_out, 14)),
            *((os.POSIX_SPAWN_DUP2, 13, 3), (os.POSIX_SPAWN_DUP2, 14, 4)),
            *((os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in (1, 2)),
        ]
        self.process = os.posix_spawn(PATH, arguments, os.environ, file_actions=shuffled, setpgroup=0)
        os.close(theirs_in)
        os.close(theirs_out)
        self.answers = self._read()
        self.numbers = itertools.count(1)
        self.events: list[dict] = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def _read(self):
        rest = b""
        while block := os.read(self.of, 1 << 16):
            *messages, rest = (rest + block).split(b"\0")
            yield from map(json.loads, messages)

    def call(self, method: str, **parameters) -> dict:
        """Send a command and wait for its answer; keep what happens meanwhile in `events`."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data) :]
        for answer in self.answers:
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self.events.append(answer)
        raise AssertionError(f"the browser ended before it answered {method}")

    def wait_for(self, event: str) -> None:
        """Wait until something has happened."""
        while not any(found.get("method") == event for found in self.events):
            self.events.append(next(self.answers))

    def open(self, path, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Show a file in a window of so many pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        self.events.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        self.wait_for("Page.loadEventFired")

    def run(self, script: str):
        """Run JavaScript in the page; return the value of its last expression."""
        got = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in got, got["exceptionDetails"]
        return got["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        text = {"text": " "} if key == " " else {}
        code = {"Tab": 9, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39}[key]
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)
            text = {}

    def click(self, selector: str) -> None:
        """Click in the middle of an element."""
        element = f"const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}});"
        middle = "const r = e.getClientRects()[0]; return [r.x + r.width / 2, r.y + r.height / 2]"
        x, y = self.run(f"(() => {{ {element} {middle} }})()")
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, path) -> None:
        """Save what is shown as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """End it and all its processes."""
        os.killpg(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.to)
        os.close(self.of)
        shutil.rmtree(self.profile, ignore_errors=True)
