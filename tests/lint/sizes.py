# SPDX-License-Identifier: Apache-2.0
"""File lengths: at most 400 lines, half of a module's files at most 150; no line over 120 columns; licence header."""

import statistics

import rules

LINES_MAX = 400
MEDIAN_MAX = 150
COLUMNS_MAX = 120
LICENCE = "SPDX-License-Identifier: Apache-2.0"


def main():
    findings = []
    by_module = {}
    for below in ("src", "tests"):
        for path in rules.files("*.cpp", "*.hpp", below=below):
            lines = path.read_text(encoding="utf-8").splitlines()
            if below == "src":
                by_module.setdefault(path.relative_to(rules.ROOT / "src").parts[0], []).append((len(lines), path))
            if len(lines) > LINES_MAX:
                findings.append((path, len(lines), f"longer than {LINES_MAX} lines"))
            if LICENCE not in (lines or [""])[0]:
                findings.append((path, 1, "no licence in the first line"))
            findings += [(path, number, f"longer than {COLUMNS_MAX} columns")
                         for number, line in enumerate(lines, 1) if len(line) > COLUMNS_MAX]
    for files in by_module.values():
        if statistics.median(length for length, _ in files) > MEDIAN_MAX:
            findings.append((max(files)[1], max(files)[0], f"the module's median file is longer than {MEDIAN_MAX} lines"))
    rules.show(findings)


if __name__ == "__main__":
    main()
