# SPDX-License-Identifier: Apache-2.0
"""Every public class and function declared in a header has a `///` comment: its contract.

Left out: members of a class that only give what their name says (one-line bodies), special members, friends, and
declarations that stand right under a commented one as its group (no empty line between).
"""

import re

import rules

TYPE = re.compile(r"^(?:template .*)?(?:class|struct) (\w+)")
FUNCTION = re.compile(r"^(?:\[\[nodiscard\]\] )?[\w:<>,&* ]+[ &*>](\w+)\(")
SKIP = re.compile(r"\b(?:operator|using|namespace)\b|= (?:default|delete)|^[A-Z_]+\(|^template|^(?:class|struct) \w+;")


def namespace_level(lines):
    """Yields (number, line) of the lines that stand directly in a namespace."""
    depth = 0
    for number, line in enumerate(lines, 1):
        code = line.split("//")[0]
        if depth == 0 and not code.startswith(("namespace", "}", " ", "#")):
            yield number, code.rstrip()
        if code.startswith("namespace"):
            continue
        depth += code.count("{") - code.count("}")
        depth = max(depth, 0)


def is_documented(lines, number):
    """Whether the block of lines that ends above `number` starts with a `///` comment."""
    at = number - 2
    while at >= 0 and lines[at].strip():
        if lines[at].lstrip().startswith("///"):
            return True
        at -= 1
    return False


def main():
    findings = []
    for path in rules.files("*.hpp"):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in namespace_level(lines):
            if not line or SKIP.search(line):
                continue
            found = TYPE.match(line) or FUNCTION.match(line)
            if found and not is_documented(lines, number):
                findings.append((path, number, f"{found[1]} has no comment"))
    rules.show(findings)


if __name__ == "__main__":
    main()
