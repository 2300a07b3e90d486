# SPDX-License-Identifier: Apache-2.0
"""Signs manifests, of made-up images and of built ones."""

import base64
import datetime
import json
import pathlib
import subprocess

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .machines import measurements


class Publisher:
    """folder: made here; holds the manifests, as join-service reads them. programs: where measured-boot is."""

    def __init__(self, folder: pathlib.Path, programs: pathlib.Path, source: pathlib.Path):
        self.folder, self._source = folder, source
        folder.mkdir()
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = self.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        path = folder.parent / "publisher.pub"
        path.write_bytes(public)
        self.policy = json.loads(subprocess.run([programs / "measured-boot", "trust-policy", f"publisher={path}"],
                                                capture_output=True, text=True, check=True).stdout)

    def publish(self, version, boot, **release):
        """A made-up image that boots with these words."""
        manifest = json.loads((self._source / "image-manifests/examples/manifest/valid/released.json").read_text())
        manifest["version"] = version
        manifest["measurements"] = measurements(boot, manifest["measurements"])
        manifest.pop("launch", None)
        self.release(manifest, **release)

    def release(self, manifest, state="stable", serial=1):
        """Any manifest, as one that was released an hour ago and holds for a day."""
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp = "%Y-%m-%dT%H:%M:%SZ"
        version = manifest["version"]
        manifest["release"] = {"state": state, "floor": version, "serial": serial,
                               "not_before": (now - datetime.timedelta(hours=1)).strftime(stamp),
                               "not_after": (now + datetime.timedelta(days=1)).strftime(stamp)}
        text = json.dumps(manifest, sort_keys=True, indent=2).encode() + b"\n"
        path = self.folder / f"{version}.json"
        path.write_bytes(text)
        path.with_name(path.name + ".publisher.sig").write_text(
            base64.b64encode(self.key.sign(text, ec.ECDSA(hashes.SHA256()))).decode())
