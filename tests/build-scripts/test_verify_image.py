# SPDX-License-Identifier: Apache-2.0
"""verify-image: what is checked before building, and the verdict on two manifests. Building itself is make reproduce's test."""

import contextlib
import copy
import hashlib
import io
import json
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import verify_image  # noqa: E402

EXAMPLE = json.loads((ROOT / "image-manifests/examples/manifest/valid/released.json").read_text())


class Sources(unittest.TestCase):
    """Against a repository made for it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.repository = Path(folder.name)
        (self.repository / "mkosi").mkdir()
        files = {"VERSION": "1.2.0\n", "mkosi/packages.lock": "lock\n", "mkosi/kubernetes.lock": "kubernetes\n"}
        for name, content in files.items():
            (self.repository / name).write_text(content)
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]
        for words in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "--message=one"]):
            subprocess.run(["git", "-C", folder.name, *words], check=True)
        self.manifest = copy.deepcopy(EXAMPLE)
        self.manifest["revision"] = subprocess.run(["git", "-C", folder.name, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        self.manifest["inputs"] = [{"name": Path(name).name, "sha256": hashlib.sha256(content.encode()).hexdigest()}
                                   for name, content in files.items() if name != "VERSION"]

    def refusal(self, kind):
        with self.assertRaises(kind) as raised:
            verify_image.check_sources(self.manifest, self.repository)
        return str(raised.exception)

    def test_what_fits_passes(self):
        verify_image.check_sources(self.manifest, self.repository)

    def test_changes_of_the_working_tree_do_not_count(self):
        (self.repository / "mkosi/packages.lock").write_text("other\n")
        verify_image.check_sources(self.manifest, self.repository)

    def test_dirty_and_unlocked_builds(self):
        self.manifest["revision"] += "-dirty"
        self.assertIn("nobody else has", self.refusal(verify_image.Mismatch))
        self.manifest["revision"] = self.manifest["revision"].removesuffix("-dirty")
        self.manifest["locked"] = False
        self.assertIn("locked", self.refusal(verify_image.Mismatch))

    def test_revision_that_is_not_here(self):
        self.manifest["revision"] = "0" * 40
        self.assertIn("fetch it", self.refusal(verify_image.Absent))

    def test_other_version(self):
        self.manifest["version"] = "1.2.1"
        self.assertIn("VERSION at", self.refusal(verify_image.Mismatch))

    def test_inputs(self):
        self.manifest["inputs"][0]["sha256"] = "0" * 64
        self.assertIn("packages.lock", self.refusal(verify_image.Mismatch))
        del self.manifest["inputs"][0]
        self.assertIn("does not name it", self.refusal(verify_image.Mismatch))
        self.setUp()
        self.manifest["inputs"].append({"name": "zzz", "sha256": "0" * 64})
        self.assertIn("does not know", self.refusal(verify_image.Mismatch))


def signed_by_others(manifest):
    """The same code with other signatures: what changes then, and nothing else."""
    out = copy.deepcopy(manifest)
    for image in ("uki", "boot_loader"):
        out[image]["sha256"] = "1" * 64
        out[image]["size"] += 8
    for artefact in out["artefacts"]:
        if not artefact["name"].endswith(verify_image.UNSIGNED):
            artefact["sha256"] = "2" * 64
            artefact["size"] += 8
    for states in out["measurements"].values():
        for banks in states.values():
            for values in banks.values():
                if "7" in values:
                    values["7"] = "3" * len(values["7"])
    return out


def with_policy(manifest, key):
    """The same image with a policy key: its sections, and other values of what holds them."""
    out = signed_by_others(manifest)
    digit = key[0]
    out["sections"] += [{"name": name, "measured": name == ".pcrpkey", "sha256": digit * 64, "sha384": digit * 96, "size": 451} for name in verify_image.POLICY_SECTIONS]
    out["uki"]["authenticode"] = {"sha256": digit * 64, "sha384": digit * 96}
    out["uki"]["sha256"] = digit * 64
    for states in out["measurements"].values():
        for banks in states.values():
            for values in banks.values():
                for pcr in ("4", "9"):
                    values[pcr] = digit * len(values[pcr])
    return out


class PublishedPolicy(unittest.TestCase):
    """Policy key and signatures come out of the published UKI."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name)
        self.manifest = {"uki": {"name": "a.efi"}}

    def write(self, sections):
        header, at = 0x40, 0x40 + 24 + 40 * len(sections)
        image = bytearray(header) + struct.pack("<4sHH12sHH", b"PE", 0, len(sections), b"", 0, 0)
        struct.pack_into("<I", image, 0x3C, header)
        for name, content in sections.items():
            image += struct.pack("<8sIIII16s", name.encode(), len(content), 0, len(content) + 3, at, b"")
            at += len(content) + 3
        for content in sections.values():
            image += content + bytes(3)
        (self.folder / "a.efi").write_bytes(image)
        return bytes(image)

    def test_both_sections(self):
        self.write({".linux": b"kernel", ".pcrpkey": b"key", ".pcrsig": b"{}"})
        given = verify_image.published_policy(self.manifest, self.folder, self.folder / "policy")
        self.assertEqual({name: Path(path).read_bytes() for name, path in given.items()}, {"POLICY_PUBLIC": b"key", "POLICY_SIGNATURES": b"{}"})

    def test_an_image_that_is_not_here(self):
        self.assertEqual(verify_image.published_policy(self.manifest, self.folder, self.folder / "policy"), {})

    def test_without_signatures_or_cut_off(self):
        image = self.write({".pcrpkey": b"key"})
        with self.assertRaisesRegex(verify_image.Absent, "no section .pcrsig"):
            verify_image.section(image, ".pcrsig")
        for size in range(len(image)):
            try:
                self.assertEqual(verify_image.section(image[:size], ".pcrpkey"), b"key")
            except verify_image.Absent:
                pass


class Comparison(unittest.TestCase):
    def setUp(self):
        self.rebuilt = copy.deepcopy(EXAMPLE)
        del self.rebuilt["release"]

    def test_the_release_is_no_difference(self):
        verdict = verify_image.compare(EXAMPLE, self.rebuilt)
        self.assertTrue(verdict.identical and not verdict.other_keys)
        self.assertEqual(verdict.compared, len(EXAMPLE["artefacts"]))

    def test_other_keys(self):
        verdict = verify_image.compare(EXAMPLE, signed_by_others(self.rebuilt))
        self.assertTrue(verdict.identical and verdict.other_keys, verdict)
        self.assertEqual(verdict.compared, 2)

    def test_a_difference_is_named_with_the_same_keys_and_with_others(self):
        changes = {
            "$.verity.root_hash": lambda m: m["verity"].update(root_hash="4" * 64),
            "$.command_line": lambda m: m.update(command_line="quiet"),
            "$.sections[0].sha256": lambda m: m["sections"][0].update(sha256="5" * 64),
            "$.measurements.aws.secure_boot_on.sha384.9": lambda m: m["measurements"]["aws"]["secure_boot_on"]["sha384"].update({"9": "6" * 96}),
            "$.boot_loader.authenticode.sha256": lambda m: m["boot_loader"]["authenticode"].update(sha256="7" * 64),
        }
        for path, change in changes.items():
            for make in (lambda m: m, signed_by_others):
                rebuilt = make(copy.deepcopy(self.rebuilt))
                change(rebuilt)
                verdict = verify_image.compare(EXAMPLE, rebuilt)
                self.assertFalse(verdict.identical, path)
                self.assertEqual(verdict.differences, [path])

    def test_an_unsigned_artefact_with_other_bytes(self):
        rebuilt = signed_by_others(self.rebuilt)
        data = next(a for a in rebuilt["artefacts"] if a["name"].endswith(".root.raw"))
        data["sha256"] = "8" * 64
        verdict = verify_image.compare(EXAMPLE, rebuilt)
        self.assertFalse(verdict.identical)
        self.assertEqual(len(verdict.differences), 1)

    def test_an_artefact_that_differs_though_the_uki_does_not_is_no_matter_of_keys(self):
        self.rebuilt["artefacts"][0]["sha256"] = "9" * 64
        verdict = verify_image.compare(EXAMPLE, self.rebuilt)
        self.assertFalse(verdict.identical or verdict.other_keys)

    def test_an_artefact_more_or_less(self):
        del self.rebuilt["artefacts"][0]
        self.assertFalse(verify_image.compare(EXAMPLE, self.rebuilt).identical)
        self.assertFalse(verify_image.compare(EXAMPLE, signed_by_others(self.rebuilt)).identical)

    def test_another_policy_key(self):
        ours, theirs = with_policy(self.rebuilt, "abc"), with_policy(EXAMPLE, "def")
        verdict = verify_image.compare(theirs, ours)
        self.assertTrue(verdict.identical and verdict.other_keys and verdict.other_policy_key, verdict)
        for path, change in {
            "$.sections[0].sha256": lambda m: m["sections"][0].update(sha256="5" * 64),
            "$.verity.root_hash": lambda m: m["verity"].update(root_hash="4" * 64),
            "$.boot_loader.authenticode.sha256": lambda m: m["boot_loader"]["authenticode"].update(sha256="7" * 64),
        }.items():
            changed = copy.deepcopy(ours)
            change(changed)
            verdict = verify_image.compare(theirs, changed)
            self.assertFalse(verdict.identical, path)
            self.assertEqual(verdict.differences, [path])

    def test_signatures_alone_are_no_matter_of_keys(self):
        ours, theirs = with_policy(self.rebuilt, "abc"), with_policy(EXAMPLE, "abc")
        ours["sections"][-1]["sha256"] = "5" * 64
        ours["uki"]["authenticode"]["sha256"] = "5" * 64
        self.assertFalse(verify_image.compare(theirs, ours).identical)

    def test_another_uki(self):
        other = signed_by_others(self.rebuilt)
        other["uki"]["authenticode"]["sha256"] = "a" * 64
        verdict = verify_image.compare(EXAMPLE, other)
        self.assertFalse(verdict.identical or verdict.other_keys)
        self.assertIn("$.uki.authenticode.sha256", verdict.differences)


class Program(unittest.TestCase):
    def run_with(self, manifest, *words):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "manifest.json")
            path.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))
            out, problems = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(problems):
                code = verify_image.run([str(path), *words])
            return code, out.getvalue(), problems.getvalue()

    def test_refusals_are_one_line_with_a_code(self):
        code, out, problems = self.run_with(EXAMPLE)  # a revision that nobody has
        self.assertEqual((code, out), (3, ""))
        self.assertIn("error: verify-image: revision", problems.splitlines()[-1])
        self.assertEqual(self.run_with("{")[0], 3)


if __name__ == "__main__":
    unittest.main()
