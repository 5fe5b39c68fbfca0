"""Runs a Python script and writes down all that it does to the world outside: `python watched.py REPORT SCRIPT ARGUMENTS...`

Two witnesses. The kernel stops the script at every system call that makes a socket, starts a program, or opens a file for
writing, makes, moves or deletes one, whichever library asks for it, until this program has written it down (seccomp's user
notification; Linux 5.5 or later). Python's audit hook tells the rest: what is unpickled, and which URLs are asked for.
"""

import ctypes
import fcntl
import json
import os
import platform
import runpy
import select
import socket
import struct
import sys
from pathlib import Path

X86 = platform.machine() == "x86_64"
SECCOMP = 317 if X86 else 277
OPENAT, SOCKET, EXECVE = (257, 41, 59) if X86 else (56, 198, 221)
# name: number, and which arguments hold paths (or the family of a socket)
ALWAYS = {
    "socket": (SOCKET, 0),
    "execve": (EXECVE, 0),
    "execveat": (322 if X86 else 281, 1),
    "mkdirat": (258 if X86 else 34, 1),
    "unlinkat": (263 if X86 else 35, 1),
    "symlinkat": (266 if X86 else 36, 2),
    "linkat": (265 if X86 else 37, 3),
    "renameat2": (316 if X86 else 276, 1, 3),
    "mknodat": (259 if X86 else 33, 1),
    "truncate": (76 if X86 else 45, 0),
    "openat2": (437, 1),
    "io_uring_setup": (425,),
}
if X86:
    ALWAYS |= {
        "creat": (85, 0),
        "mkdir": (83, 0),
        "rmdir": (84, 0),
        "unlink": (87, 0),
        "rename": (82, 0, 1),
        "link": (86, 1),
    }
    ALWAYS |= {"symlink": (88, 1), "renameat": (264, 1, 3), "mknod": (133, 0)}
# opened to be written, made or cut: name: number, argument with the path, argument with the flags
OPENED = {"openat": (OPENAT, 1, 2)} | ({"open": (2, 0, 1)} if X86 else {})
WRITING = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC

_NUMBERS = {number: (name, paths) for name, (number, *paths) in ALWAYS.items()}
_NUMBERS |= {number: (name, [path]) for name, (number, path, _) in OPENED.items()}
_RECEIVE, _SEND = 0xC0502100, 0xC0182101  # of struct seccomp_notif and seccomp_notif_resp
_HERE = 0xFFFFFF9C  # AT_FDCWD
_ASK, _ALLOW = 0x7FC00000, 0x7FFF0000


def filter_program() -> bytes:
    """Berkeley packet filter over (number, architecture, instruction, six arguments)."""
    load, equal, any_bit, end = 0x20, 0x15, 0x45, 0x06
    lines = [(load, 0, 0, 0)]
    for number, _, flags in OPENED.values():
        lines += [(equal, 0, 4, number), (load, 0, 0, 16 + 8 * flags), (any_bit, 0, 1, WRITING), (end, 0, 0, _ASK)]
        lines += [(end, 0, 0, _ALLOW)]
    for number, *_ in ALWAYS.values():
        lines += [(equal, 0, 1, number), (end, 0, 0, _ASK)]
    return b"".join(struct.pack("HBBI", *line) for line in [*lines, (end, 0, 0, _ALLOW)])


def be_watched(reporter: socket.socket) -> None:
    """Put the filter on this process and all that come of it, and hand its end to who watches."""
    code = filter_program()
    program = ctypes.create_string_buffer(code)
    described = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0, "no_new_privs"
    listener = libc.syscall(SECCOMP, 1, 8, ctypes.create_string_buffer(described))
    assert listener >= 0, os.strerror(ctypes.get_errno())
    socket.send_fds(reporter, [b"."], [listener])
    os.close(listener)


def watch(listener: int) -> list[tuple[str, str]]:
    """(system call, path or family), in the order in which they came, until the last process with the filter is gone."""
    seen = []
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while not poll.poll()[0][1] & select.POLLHUP:
        notice = bytearray(80)
        try:
            fcntl.ioctl(listener, _RECEIVE, notice)
        except FileNotFoundError:  # gone meanwhile
            continue
        identity, pid, _, number = struct.unpack_from("QIIi", notice)
        arguments = struct.unpack_from("6Q", notice, 32)
        name, told = _NUMBERS[number]
        if name == "socket":
            seen.append((name, socket.AddressFamily(arguments[0]).name))
        elif not told:
            seen.append((name, ""))
        else:
            for place in told:
                folder = arguments[place - 1] if name.endswith(("at", "at2")) else _HERE
                seen.append((name, _path(pid, arguments[place], folder & _HERE)))
        try:
            fcntl.ioctl(listener, _SEND, bytearray(struct.pack("QqiI", identity, 0, 0, 1)))  # goes on
        except FileNotFoundError:
            continue
    return seen


def _path(pid: int, address: int, folder: int) -> str:
    """What a process names by a pointer, relative to its working folder or to an open one."""
    process = Path(f"/proc/{pid}")
    with (process / "mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        name = os.fsdecode(memory.read(4096).split(b"\0")[0])
    base = process / "cwd" if folder == _HERE else process / "fd" / str(folder)
    return os.path.normpath(base.readlink() / name)


AUDITED = (
    "pickle.",
    "urllib.",
    "http.",
    "ftplib.",
    "smtplib.",
    "socket.",
    "subprocess.",
    "os.exec",
    "os.spawn",
    "os.posix_spawn",
)
AUDITED += ("os.system", "os.fork", "os.startfile", "webbrowser.")


def run(output: int, script: str) -> None:
    """The script in this process, with its arguments in `sys.argv`; what the audit hook heard goes to an open file."""
    heard: list[tuple[str, str]] = []
    sys.addaudithook(lambda event, values: heard.append((event, repr(values)[:300])) if event.startswith(AUDITED) else None)
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        os.write(output, json.dumps(heard).encode())


def main(report: str, script: str) -> int:
    """The script's exit status. The report: {"kernel": [[call, path or family]...], "python": [[event, values]...]}."""
    ours, theirs = socket.socketpair()
    output = os.open(report, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    child = os.fork()
    if child == 0:
        ours.close()
        be_watched(theirs)
        theirs.close()
        sys.argv = sys.argv[2:]
        sys.path[0] = os.fspath(Path(script).parent)
        run(output, script)
        return 0
    theirs.close()
    _, (listener,), _, _ = socket.recv_fds(ours, 1, 1)
    ours.close()
    seen = watch(listener)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    heard = json.loads(Path(report).read_text())
    Path(report).write_text(json.dumps({"kernel": seen, "python": heard}))
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
