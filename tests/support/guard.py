"""Ends the process when it does what newsnorm must never do; tests/laws/test_security.py imports this.

An audit hook sees what Python code does. A kernel filter also sees what the native code of onnxruntime does.
"""

import ctypes
import importlib.util
import os
import platform
import sys

#: How the names of fatal events begin, each with the reason.
FORBIDDEN = {
    "socket.": "the network",
    "urllib.": "the network",
    "http.": "the network",
    "ftplib.": "the network",
    "smtplib.": "the network",
    "subprocess.": "another program",
    "os.system": "another program",
    "os.exec": "another program",
    "os.spawn": "another program",
    "os.posix_spawn": "another program",
    "os.startfile": "another program",
    "pickle.": "pickle",
    "shelve.": "pickle",
    "tempfile.": "a temporary file",
    "os.remove": "a file changed",
    "os.rename": "a file changed",
    "os.mkdir": "a file changed",
    "os.link": "a file changed",
    "os.symlink": "a file changed",
    "os.truncate": "a file changed",
    "os.chmod": "a file changed",
    "shutil.": "a file changed",
}
#: Also fatal once everything is imported and loaded: no text may cause code to run or a file to be read.
FORBIDDEN_LATER = {"exec": "code", "compile": "code", "marshal.": "code", "import": "code", "open": "a file"}

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: Found without importing newsnorm, because the import is watched, too.
PACKAGE = os.path.dirname(importlib.util.find_spec("newsnorm").origin) + os.sep


class Guard:
    """The hook, which cannot be removed, and the files opened since it was added."""

    def __init__(self):
        self.opened, self.loaded = [], False
        sys.addaudithook(self.hook)

    def hook(self, event, arguments):
        for begins, reason in FORBIDDEN.items():
            if event.startswith(begins):
                self.fail(reason, event, arguments)
        if event == "open":
            path, mode, flags = arguments
            self.opened.append(path)
            if set(mode or "") & set("wax+") or flags & _WRITING:
                self.fail("a file written", event, arguments)
        if event in ("exec", "compile", "marshal.loads") and self.newsnorm_is_the_caller():
            self.fail("code", event, arguments)
        if self.loaded:
            for begins, reason in FORBIDDEN_LATER.items():
                if event.startswith(begins):
                    self.fail(reason, event, arguments)

    @staticmethod
    def newsnorm_is_the_caller():
        """Return whether newsnorm runs the code, not the import system or attrs, which generates methods."""
        frame = sys._getframe(2)
        return frame.f_code.co_filename.startswith(PACKAGE)

    @staticmethod
    def fail(reason, event, arguments):
        # An exception could be caught by the code that is watched.
        sys.stdout.write(f"FORBIDDEN: {reason}: {event} {arguments!r}\n")
        sys.stdout.flush()
        os._exit(99)


# --- the kernel filter ------------------------------------------------------------------------------------------------

#: Number of the system call `socket`, and the number of the architecture.
_SOCKET = {"x86_64": (41, 0xC000003E), "aarch64": (198, 0xC00000B7)}
FILTERS = sys.platform == "linux" and platform.machine() in _SOCKET


class _Filter(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.POINTER(_Filter)))


def forbid_sockets():
    """Have the kernel kill this process at its first socket, whichever code opens it."""
    number, machine = _SOCKET[platform.machine()]
    load, equal, give = 0x20, 0x15, 0x06
    kill, allow = 0x80000000, 0x7FFF0000
    steps = (
        (load, 0, 0, 4),
        (equal, 0, 2, machine),
        (load, 0, 0, 0),
        (equal, 1, 0, number),
        (give, 0, 0, allow),
        (give, 0, 0, kill),
    )
    program = _Program(len(steps), (_Filter * len(steps))(*steps))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_filter = 38, 22
    for option in ((no_new_privileges, 1, 0, 0, 0), (set_filter, 2, ctypes.byref(program), 0, 0)):
        if libc.prctl(*option):
            raise OSError(ctypes.get_errno(), "prctl")
