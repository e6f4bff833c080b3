"""The replacement for a newer glibc must work: a program throws and catches an exception."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from conftest import ROOT

PROGRAM = """
#include <cmath>
#include <cstdio>
#include <stdexcept>
int main(int count, char **) {
    try {
        if (count > 0) throw std::runtime_error("thrown");
    } catch (const std::exception &error) {
        double both[] = { std::hypot(3.0 * count, 4.0), std::hypot(3.0f * count, 4.0f) };
        std::printf("%s %g %g", error.what(), both[0], both[1]);
    }
}
"""


def test_an_exception_is_caught(tmp_path: Path) -> None:
    (tmp_path / "throw.cc").write_text(PROGRAM)
    tools = Path(subprocess.check_output([ROOT / "Tests/scripts/toolchain"], text=True).strip())
    compiled = tmp_path / "glibc.o"
    subprocess.run(
        [tools / "clang", "-O2", "-c", ROOT / "Sources/CProcess/glibc.c", "-o", compiled],
        check=True,
    )
    # These are the options of the script build-release.
    link = ["-fuse-ld=lld", "-static-libgcc", "-Wl,--wrap=hypot", "-Wl,--wrap=hypotf"]
    program = tmp_path / "throw"
    subprocess.run(
        [tools / "clang++", *link, tmp_path / "throw.cc", compiled, "-o", program], check=True
    )
    symbols = subprocess.check_output([shutil.which("nm") or "nm", program], text=True)
    assert " T _dl_find_object" in symbols
    said = subprocess.run([program], capture_output=True, text=True, timeout=60, check=True).stdout
    assert said == "thrown 5 5"
