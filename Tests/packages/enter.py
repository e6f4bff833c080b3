"""enter.py ROOT FOLDER [BOUND...] -- COMMAND...: runs the command in ROOT, in that folder of it.

The process must have a mount and a network namespace of its own, as `unshare` makes them. Each
BOUND path appears in ROOT under the same path, read-only.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def main(root: str, folder: str, *rest: str) -> None:
    end = rest.index("--")
    for path in rest[:end]:
        target = root + path
        subprocess.run(["mount", "--bind", path, target], check=True)
        if not path.startswith("/dev/"):
            subprocess.run(["mount", "-o", "remount,bind,ro", target], check=True)
    # The jail has only the loopback network, on which the sandbox listens.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    os.chroot(root)
    os.chdir(folder)
    command = rest[end + 1 :]
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
