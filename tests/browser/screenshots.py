"""Writes the screenshots of the README: ``make screenshots``. Small PNG files, of made-up patients only."""

from __future__ import annotations

import sys
from typing import Final

from cds.service import build
from cds.settings import Settings
from tests.browser.conftest import HERE, chrome, look, missing, served, size

FOLDER: Final = HERE / "screenshots"
OVERDOSE: Final = "/?p=adult&drug=amitriptyline&dose=150&unit=mg&times=2&route=oral&reason=neuropathic+pain"
NO_WEIGHT: Final = "/?p=no-weight&drug=ketamine&dose=30&unit=mg&times=once&route=intravenous&reason=acute+pain"
# File, address, light or dark, width and height: as few pixels as tell the thing, so that the files stay small.
SHOTS: Final = (
    ("workbench", OVERDOSE, "light", 980, 700),
    ("narrow-dark", NO_WEIGHT, "dark", 390, 780),
    ("statement", "/knowledge/statements/amitriptyline.highest", "light", 1000, 640),
    ("doses", "/knowledge/drugs/ketamine/doses", "light", 1000, 560),
    ("matrix", "/knowledge/matrix", "light", 1000, 560),
)


def main() -> int:
    """Take them all; 1, with a plain line, where there is no browser."""
    if reason := missing():
        sys.stderr.write(f"{reason}\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    with served(build(Settings())) as running, chrome() as browser:
        for name, path, scheme, width, height in SHOTS:
            look(browser, scheme)
            size(browser, width, height)
            browser.get(running.address + path)
            browser.save_screenshot(str(FOLDER / f"{name}.png"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
