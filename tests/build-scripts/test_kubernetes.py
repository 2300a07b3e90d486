# SPDX-License-Identifier: Apache-2.0
"""KUBERNETES=<version>: what is pinned is fetched, anything else refused."""

import hashlib
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import kubernetes  # noqa: E402
from settings import BuildError  # noqa: E402
from test_vanished import server  # noqa: E402


class Upstream(unittest.TestCase):
    DATA = b"#!/bin/true\n"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        place = self.folder / "v1.34.1/bin/linux/amd64/kubelet"
        place.parent.mkdir(parents=True)
        place.write_bytes(self.DATA)
        running = server(self.folder)
        address = running.__enter__()
        self.addCleanup(running.__exit__, None, None, None)
        self.lock = self.folder / "kubernetes.lock"
        for patch in (mock.patch.dict(os.environ, {"KUBERNETES_MIRROR": address}), mock.patch.object(kubernetes, "LOCK", self.lock)):
            patch.start()
            self.addCleanup(patch.stop)

    def pin(self, digest: str) -> None:
        self.lock.write_text(f"server https://example.invalid\n1.34.1 {digest}\n")

    def test_pinned_binary_is_taken(self):
        self.pin(hashlib.sha256(self.DATA).hexdigest())
        kubernetes._upstream("1.34.1", self.folder / "kubelet")
        self.assertEqual((self.folder / "kubelet").read_bytes(), self.DATA)
        self.assertTrue(os.access(self.folder / "kubelet", os.X_OK))

    def test_other_binary_is_refused(self):
        self.pin("00" * 32)
        with self.assertRaisesRegex(BuildError, "refused"):
            kubernetes._upstream("1.34.1", self.folder / "kubelet")
        self.assertFalse((self.folder / "kubelet").exists())

    def test_version_without_pin_is_refused(self):
        self.pin(hashlib.sha256(self.DATA).hexdigest())
        with self.assertRaisesRegex(BuildError, "not pinned"):
            kubernetes._upstream("1.35.0", self.folder / "kubelet")

    def test_the_committed_pins_parse(self):
        with mock.patch.object(kubernetes, "LOCK", Path(__file__).resolve().parents[2] / "mkosi/kubernetes.lock"):
            server_name, pins = kubernetes.upstream_pins()
        self.assertTrue(server_name.startswith("https://"))
        self.assertTrue(pins)


if __name__ == "__main__":
    unittest.main()
