"""Headless Chromium, driven by the DevTools protocol over two pipes: only the browser has to be installed.

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
        command_end, self.commands = os.pipe()
        self.replies, reply_end = os.pipe()
        arguments = [
            *(PATH, "--headless", "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "--no-first-run"),
            # A container allows no sandbox and has little shared memory. Nothing is loaded from the network.
            *("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"),
            *("--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"),
        ]
        # It reads commands from file descriptor 3 and writes replies to file descriptor 4.
        descriptors = [
            *((os.POSIX_SPAWN_DUP2, command_end, 13), (os.POSIX_SPAWN_DUP2, reply_end, 14)),
            *((os.POSIX_SPAWN_DUP2, 13, 3), (os.POSIX_SPAWN_DUP2, 14, 4)),
            *((os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in (1, 2)),
        ]
        self.process = os.posix_spawn(PATH, arguments, os.environ, file_actions=descriptors, setpgroup=0)
        os.close(command_end)
        os.close(reply_end)
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
        while block := os.read(self.replies, 1 << 16):
            *messages, rest = (rest + block).split(b"\0")
            yield from map(json.loads, messages)

    def call(self, method: str, **parameters) -> dict:
        """Send a command and return its result; keep the events that arrive meanwhile in `events`."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.commands, data) :]
        for answer in self.answers:
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self.events.append(answer)
        raise AssertionError(f"the browser ended before it answered {method}")

    def wait_for(self, event: str) -> None:
        """Wait until *event* has arrived."""
        while not any(found.get("method") == event for found in self.events):
            self.events.append(next(self.answers))

    def open(self, path, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Open a file in a window of *width* by *height* pixels."""
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
        """Press and release a key."""
        text = {"text": " "} if key == " " else {}
        code = {"Tab": 9, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39}[key]
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)
            text = {}

    def click(self, selector: str) -> None:
        """Click the middle of an element."""
        element = f"const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}});"
        middle = "const r = e.getClientRects()[0]; return [r.x + r.width / 2, r.y + r.height / 2]"
        x, y = self.run(f"(() => {{ {element} {middle} }})()")
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def screenshot(self, path) -> None:
        """Save what the window shows as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """Kill the browser and all its processes."""
        os.killpg(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.commands)
        os.close(self.replies)
        shutil.rmtree(self.profile, ignore_errors=True)
