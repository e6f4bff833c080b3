"""A private network for this process, with names and public addresses, and without the internet."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFADDR = 0x8916
SIOCSIFFLAGS = 0x8914
IFF_UP = 1

# RFC 5737 reserves these for documentation. The bridge treats them as public addresses.
API = "203.0.113.1"
IMAGES = "203.0.113.2"
PROXY = "203.0.113.3"
# A test can cut this address off, because it has its own network interface.
FAR = "198.51.100.1"
INSIDE = "10.20.30.40"
# RFC 3849 reserves these for documentation.
NEW = "2001:db8::1"
# The network drops packets to these addresses silently.
DEAD = "192.0.2.1"
NEW_DEAD = "2001:db8:dead::1"
ADDRESSES = [API, IMAGES, PROXY, FAR, INSIDE]
HOSTS = f"""127.0.0.1 localhost
{API} api.test other.test
{IMAGES} images.test
{PROXY} proxy.test
{FAR} far.test
{INSIDE} inside.test
127.0.0.1 rebound.test
{API} xn--bcher-kva.test
{NEW_DEAD} half.test
{API} half.test
{API} quarter.test
{DEAD} quarter.test
"""


def enter(folder: Path) -> None:
    """Moves this process and its children into a private network.

    A process cannot leave it again.
    """
    ids = os.getuid(), os.getgid()
    _unshare(CLONE_NEWNS | CLONE_NEWNET | (CLONE_NEWUSER if ids[0] else 0))
    if ids[0]:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {ids[0]} 1")
        Path("/proc/self/gid_map").write_text(f"0 {ids[1]} 1")
    hosts = folder / "hosts"
    hosts.write_text(HOSTS)
    _call("mount", "--make-rprivate", "/")
    _call("mount", "--bind", str(hosts), "/etc/hosts")
    for number, address in enumerate(ADDRESSES):
        _assign(number, address)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    _call("ip", "-6", "address", "add", f"{NEW}/128", "dev", "lo")
    for dead in (DEAD, NEW_DEAD):
        _call("ip", "route", "add", dead, "dev", "lo")


def cut_off(address: str) -> None:
    """From now on, the network silently drops packets to this address."""
    _assign(ADDRESSES.index(address), "0.0.0.0")


def connect_again(address: str) -> None:
    _assign(ADDRESSES.index(address), address)


def _assign(number: int, address: str) -> None:
    name = f"lo:{number + 1}".encode()
    raw = struct.pack("16sHH4s8x", name, socket.AF_INET, 0, socket.inet_aton(address))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFADDR, raw)


def _unshare(flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        raise OSError(ctypes.get_errno(), "a network of its own cannot be had here")


def _call(*command: str) -> None:
    subprocess.run(command, check=True)
