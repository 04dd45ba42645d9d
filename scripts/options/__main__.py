# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m scripts.options``: write the generated files, or with ``--check`` say which differ."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .document import DocumentationError
from .files import differences, generate, write


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 1 if something differs, 2 if nothing can be generated."""
    parser = argparse.ArgumentParser(prog="python -m scripts.options", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file differs")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2], help="of the repository")
    options = parser.parse_args(arguments)
    try:
        files = generate(options.root)
    except DocumentationError as error:
        print(error, file=sys.stderr)
        return 2
    found = differences(files, options.root)
    if options.check:
        if found:
            print(*found, "Generated files differ from the documentation. Run `make generate`.", sep="\n")
        return 1 if found else 0
    write(files)
    print(f"{len(found)} of {len(files)} generated files changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
