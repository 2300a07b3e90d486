# SPDX-License-Identifier: Apache-2.0
"""Version order equals systemd-analyze compare-versions, for chosen and for random pairs."""

import os
import random

import interop

CHOSEN = ["", "~", "~1", "-", "-1", "^", "^1", ".", ".1", "a", "B", "0", "00", "1", "01", "1.", "1.0", "1.a", "1~rc1",
          "1-1", "1^p", "10", "2", "0.1.0", "0.1.0+3", "1_2", "1..2", "a1", "1a", "1A", "asterism_1.2.efi", "~~", "1~~", "99999999999999999999"]
ALPHABET = "019aZ~-^._+ "


def pairs():
    rng = random.Random(11)
    out = [(a, b) for a in CHOSEN for b in CHOSEN]
    for _ in range(250):
        out.append(tuple("".join(rng.choice(ALPHABET) for _ in range(rng.randint(0, 5))) for _ in range(2)))
    return out


def systemd(a, b):
    """The verb prints "a < b"; its exit code is 0 for equal, 11 for newer, 12 for older."""
    code = interop.run("systemd-analyze", "compare-versions", "--", a, b, check=False).returncode
    return {0: "=", 11: ">", 12: "<"}[code]


def main():
    todo = pairs()
    lines = "".join(f"{a}\t{b}\n" for a, b in todo)
    found = interop.run(os.environ["ASTERISM_COMPARE_VERSIONS"], input=lines).stdout.splitlines()
    interop.same(len(found), len(todo), "answers")
    for (a, b), order in zip(todo, found):
        interop.same(order, systemd(a, b), f"'{a}' against '{b}'")


if __name__ == "__main__":
    main()
