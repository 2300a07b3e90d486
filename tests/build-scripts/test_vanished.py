# SPDX-License-Identifier: Apache-2.0
"""A locked version that the archive no longer holds: snapshot service, LOCK=strict, LOCK=auto; real servers on loopback."""

import contextlib
import functools
import hashlib
import http.server
import io
import os
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import lockfile  # noqa: E402
import resolve  # noqa: E402
import settings  # noqa: E402
import store  # noqa: E402
import unlocked  # noqa: E402
from settings import BuildError  # noqa: E402

MOMENT = "20260101T000000Z"
PATH = "pool/main/t/thing/thing_{}_all.deb"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def server(folder: Path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()
            thread.join()


def put(folder: Path, version: str, data: bytes) -> None:
    file = folder / PATH.format(version)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def lock_of(version: str, data: bytes) -> lockfile.Lock:
    digest = hashlib.sha256(data).hexdigest()
    line = f"deb image thing {version} all {len(data)} {digest} debian {PATH.format(version)}"
    return lockfile.parse(f"# resolved {MOMENT}\n{line}\n", "test")


class Vanished(unittest.TestCase):
    """The archive has version 2; the lock names version 1."""

    OLD, NEW = b"the old package", b"the new package"

    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        archive, self.snapshot = self.folder / "debian", self.folder / "snapshot"
        self.snapshot.mkdir()
        put(archive, "2", self.NEW)
        address = self.stack.enter_context(server(self.folder))
        lock = self.folder / "packages.lock"
        lock.write_text(lock_of("1", self.OLD).text())
        environment = {"MIRROR": f"{address}/debian", "SNAPSHOT": f"{address}/snapshot", "ASTERISM_CACHE": str(self.folder / "cache")}
        self.stack.enter_context(mock.patch.dict(os.environ, environment))
        self.stack.enter_context(mock.patch.object(settings, "LOCK_FILE", lock))
        self.stack.enter_context(mock.patch.object(unlocked, "SUBSTITUTE", self.folder / "substitute"))
        # Only the resolver, which needs a signed archive, is replaced; fetching, hashing and deciding are the real ones.
        self.resolved = self.stack.enter_context(mock.patch.object(resolve, "resolve", return_value=lock_of("2", self.NEW)))
        self.said = self.stack.enter_context(contextlib.redirect_stderr(io.StringIO()))

    def test_snapshot_service_has_it(self):
        put(self.snapshot / "debian" / MOMENT, "1", self.OLD)
        lock, locked = unlocked.usable_lock()
        self.assertTrue(locked)
        self.assertEqual(lock.entries[0].version, "1")
        self.assertEqual(store.path_of(lock.entries[0].sha256).read_bytes(), self.OLD)
        self.resolved.assert_not_called()

    def test_snapshot_service_has_something_else_under_its_name(self):
        put(self.snapshot / "debian" / MOMENT, "1", b"another file of 15"[:15])
        with mock.patch.dict(os.environ, {"LOCK": "strict"}), self.assertRaises(BuildError):
            unlocked.usable_lock()
        self.assertEqual([p for p in (self.folder / "cache/store").rglob("*") if p.is_file()], [])

    def test_strict_stops_with_the_list(self):
        with mock.patch.dict(os.environ, {"LOCK": "strict"}), self.assertRaisesRegex(BuildError, r"1 inputs are gone.*thing 1.*make lock"):
            unlocked.usable_lock()
        self.assertIn("missing: thing 1 ", self.said.getvalue())
        self.resolved.assert_not_called()

    def test_auto_moves_on_and_says_so(self):
        lock, locked = unlocked.usable_lock()
        self.assertFalse(locked)
        self.assertEqual(lock.entries[0].version, "2")
        self.assertEqual(store.path_of(lock.entries[0].sha256).read_bytes(), self.NEW)
        self.assertRegex(self.said.getvalue(), r"WARNING: this is NOT the locked build: 1 inputs differ")
        self.assertRegex(self.said.getvalue(), r"thing: 1 \w+ -> 2 \w+")

    def test_auto_keeps_its_choice_until_it_too_is_gone(self):
        unlocked.usable_lock()
        unlocked.usable_lock()
        self.resolved.assert_called_once()

    def test_unknown_mode(self):
        with mock.patch.dict(os.environ, {"LOCK": "maybe"}), self.assertRaisesRegex(BuildError, "auto and strict"):
            unlocked.usable_lock()


class Store(Vanished):
    def test_altered_file_is_found_when_a_repository_is_made(self):
        lock, _ = unlocked.usable_lock()
        store.path_of(lock.entries[0].sha256).write_bytes(b"altered")
        with self.assertRaisesRegex(BuildError, "was altered"):
            store.repository(lock.entries)
        self.assertFalse(store.path_of(lock.entries[0].sha256).exists())

    def test_longer_answer_than_locked_is_cut_off_and_refused(self):
        put(self.folder / "debian", "1", self.OLD + b"and more")
        with mock.patch.dict(os.environ, {"LOCK": "strict"}), self.assertRaises(BuildError):
            unlocked.usable_lock()


if __name__ == "__main__":
    unittest.main()
