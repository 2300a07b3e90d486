# SPDX-License-Identifier: Apache-2.0
"""Publishing into a folder, to nginx (WebDAV PUT over TLS) or into docker-registry, and reading it back as others do.

What holds everywhere: a reader sees the old or the new state, also where the publisher is killed; the same command goes on
from there; a published version is never replaced, and channels and sequence do not go back.
"""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import places
import signing
from signing import interop, ours

PUBLISH = pathlib.Path(os.environ["ASTERISM_SOURCE_DIR"]) / "scripts/publish.py"
BASE = {"HOME": os.getcwd(), "PYTHONDONTWRITEBYTECODE": "1"}


def make_image(folder, version, size=20_000, extra=0, seed=1):
    """A folder as a build leaves it, small."""
    content = json.loads((signing.EXAMPLES / "minimal.json").read_text())
    content["version"] = version
    names = [f"asterism_{version}.{kind}" for kind in ("efi", "raw")] + [f"part-{i:03}" for i in range(extra)]
    content["artefacts"] = []
    for number, name in enumerate(sorted(names)):
        data = interop.bytes_of(size, seed * 1000 + number)
        interop.write(f"{folder}/{name}", data)
        content["artefacts"].append({"name": name, "size": size, "sha256": hashlib.sha256(data).hexdigest()})
    interop.write(f"{folder}/manifest.json", json.dumps(content, indent=2, sort_keys=True) + "\n")
    return folder


def words_for(destination, image, *words):
    return [sys.executable, PUBLISH, destination, f"--image={image}", "--key=key.key", *words]


def publish(destination, image, *words, code=0, environment=None):
    done = interop.run(*words_for(destination, image, *words), env={**os.environ, **BASE, **(environment or {})}, check=False)
    interop.same(done.returncode, code, f"exit code of {words}: {done.stdout}{done.stderr}")
    if code:
        interop.holds("publish: error: " in done.stderr.splitlines()[-1], f"one line that says what is wrong: {done.stderr}")
    return done.stdout + done.stderr


class FolderReader:
    def __init__(self, top):
        self.top = pathlib.Path(top)

    def read(self, name):
        path = self.top / name
        return path.read_bytes() if path.exists() else None


class WebReader:
    def __init__(self, base):
        self.base = base

    def read(self, name):
        done = interop.run("curl", "--silent", "--fail", "--cacert", "tls.crt", f"{self.base}/{name}", check=False, text=False)
        return done.stdout if done.returncode == 0 else None


class OrasReader:
    """Pulls tags with oras, as a person would."""

    def __init__(self, repository):
        self.repository, self.pulled = repository, {}

    def read(self, name):
        folder, _, file = name.rpartition("/")
        tag = {"index.json": "index"}.get(name) or (f"channel-{file.removesuffix('.json')}" if folder == "channels" else
                                                    folder.removeprefix("versions/").replace("/", "-"))
        if folder in ("", "channels") or tag not in self.pulled:
            target = pathlib.Path(f"pulled/{len(self.pulled)}-{time.monotonic_ns()}")
            done = interop.run("oras", "pull", "--plain-http", "--output", target, f"{self.repository}:{tag}", check=False)
            if done.returncode != 0:
                return None
            self.pulled[tag] = target
        path = self.pulled[tag] / file
        return path.read_bytes() if path.exists() else None


def state(reader):
    """The whole of what a reader can reach, each byte verified; None where nothing was published."""
    document = reader.read("index.json")
    if document is None:
        return None
    index = verified_index(document)
    for channel, leads_to in index["channels"].items():
        only = verified_index(reader.read(f"channels/{channel}.json"))
        interop.holds(only["sequence"] >= index["sequence"] and only["channels"] == {channel: leads_to}, f"channel {channel}")
        interop.same(only["versions"], [v for v in index["versions"] if v["name"] == leads_to], f"version of channel {channel}")
    for version in index["versions"]:
        check_version(reader, version)
    return {"sequence": index["sequence"], "channels": index["channels"], "versions": {v["name"]: v["state"] for v in index["versions"]}}


def documents(reader):
    """The bytes of all that is ever replaced."""
    return [reader.read(name) for name in ("index.json", "channels/stable.json", "channels/beta.json")]


def verified_index(document):
    interop.write("read-index.json", document)
    return signing.fits_schema("index", json.loads(ours("verify-index", "read-index.json", "--key=key.pub", "--json").stdout))


def check_version(reader, version):
    top = f"versions/{version['name']}"
    content = {}
    for file in (version["manifest"], *version["signatures"], *version["documents"]):
        data = reader.read(f"{top}/{version['folder']}/{file['name']}")
        interop.holds(data is not None, f"{version['folder']}/{file['name']} is there")
        interop.same((len(data), hashlib.sha256(data).hexdigest()), (file["size"], file["sha256"]), file["name"])
        content[file["name"]] = data
        interop.write(f"read/{file['name']}", data)
    if version["state"] == "revoked":
        return
    signatures = [f"--signature=read/{file['name']}" for file in version["signatures"]]
    ours("verify-manifest", "read/manifest.json", "--key=key.pub", "--allow-candidate", *signatures)
    for artefact in json.loads(content["manifest.json"])["artefacts"]:
        data = reader.read(f"{top}/{version['build'][:16]}/{artefact['name']}")
        interop.holds(data is not None, f"{artefact['name']} is there")
        interop.same(hashlib.sha256(data).hexdigest(), artefact["sha256"], artefact["name"])


def check_story(name, destination, make_reader, environment=None):
    """The life of a place, the same for all kinds."""
    def go(image, *words, code=0):
        return publish(destination, image, *words, code=code, environment=environment)

    def now():
        return state(make_reader())

    go("image-1.0", "--channel=stable", "--dry-run")
    interop.same(now(), None, f"{name}: a dry run leaves nothing")
    go("image-1.0", "--channel=stable", "--channel=beta")
    interop.same(now(), {"sequence": 1, "channels": {"beta": "1.0", "stable": "1.0"}, "versions": {"1.0": "stable"}}, f"{name}: first")
    out = go("image-1.1", "--channel=beta", "--state=candidate", "--dry-run")
    interop.holds("would replace channels/beta.json: 1.1" in out and "would upload versions/1.1/" in out, out)
    interop.same(verified_index(make_reader().read("index.json"))["sequence"], 1, f"{name}: a dry run changes nothing")
    go("image-1.1", "--channel=beta", "--state=candidate")
    interop.same(now(), {"sequence": 2, "channels": {"beta": "1.1", "stable": "1.0"}, "versions": {"1.0": "stable", "1.1": "candidate"}}, f"{name}: second")
    # A newer statement about the same bytes: nothing of the image is uploaded again.
    out = go("image-1.1", "--channel=stable", "--serial=2")
    interop.holds("0 of 2 artefacts are to be uploaded" in out, out)
    interop.same(now()["channels"], {"beta": "1.1", "stable": "1.1"}, f"{name}: promoted")
    before = documents(make_reader())
    for words, image, part in (
        (["--serial=1"], "image-1.1", "was published with serial 2"),
        (["--serial=2", "--not-after=2031-01-01T00:00:00Z"], "image-1.1", "raise the serial"),
        (["--serial=3"], "image-1.1-other", "was published with other content"),
        (["--channel=stable", "--serial=2"], "image-1.0", "leads to 1.1, which is newer"),
        (["--state=revoked", "--serial=3"], "image-1.1", "would lead to 1.1, which is revoked"),
    ):
        out = go(image, *words, code=7)
        interop.holds(part in out, f"{name}: '{part}' in {out}")
        interop.same(documents(make_reader()), before, f"{name}: a refusal changes nothing")
    go("image-1.0", "--state=revoked", "--serial=2")
    interop.same(now()["versions"], {"1.0": "revoked", "1.1": "stable"}, f"{name}: revoked")
    go("image-1.1", "--serial=3", "--channel=stable", "--allow-older")
    interop.same(now()["sequence"], 5, f"{name}: the sequence grows with each publication")


def check_kill(name, destination, make_reader, written, environment=None):
    """The publisher is killed in the middle of an upload; readers see the old state, and a second run completes it."""
    before = state(make_reader())
    process = subprocess.Popen(words_for(destination, "image-2.0", "--channel=stable"), env={**os.environ, **BASE, **(environment or {})},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 100
    while not written() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    interop.holds(process.poll() is None, f"{name}: the publisher is still at work")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    interop.same(state(make_reader()), before, f"{name}: a killed upload leaves the old state")
    publish(destination, "image-2.0", "--channel=stable", environment=environment)
    after = state(make_reader())
    interop.same((after["sequence"], after["channels"]["stable"]), (before["sequence"] + 1, "2.0"), f"{name}: the second run completes it")


def check_folder():
    check_story("folder", "folder", lambda: FolderReader("folder"))
    check_kill("folder", f"file://{os.getcwd()}/folder", lambda: FolderReader("folder"), lambda: len(list(pathlib.Path("folder/versions").glob("2.0/*/*"))) > 3)
    interop.same([str(p) for p in pathlib.Path("folder").rglob(".part-*")], [], "no partial files are left after the second run")
    # An artefact that was altered there is found, and not published over.
    victim = next(pathlib.Path("folder/versions/2.0").glob("*/part-000"))
    victim.write_bytes(b"!" + victim.read_bytes()[1:])
    out = publish("folder", "image-2.0", "--serial=2", code=7)
    interop.holds("is there with other bytes" in out, out)
    # An index that somebody else signed, or that was altered, is not gone on from.
    index = json.loads(pathlib.Path("folder/index.json").read_text())
    payload = base64.b64decode(index["payload"]).replace(b'"sequence": 6', b'"sequence": 1')
    pathlib.Path("folder/index.json").write_text(json.dumps({**index, "payload": base64.b64encode(payload).decode()}))
    publish("folder", "image-1.0", "--serial=3", code=6)
    # An artefact that is not what the manifest says never leaves.
    shutil.copytree("image-1.0", "image-broken")
    interop.write("image-broken/asterism_1.0.raw", b"x" * 20_000)
    out = publish("elsewhere", "image-broken", code=6)
    interop.holds(not pathlib.Path("elsewhere/versions").exists(), out)
    publish("gopher://x", "image-1.0", code=2)


def check_web():
    with places.web_server() as (address, environment):
        def reader():
            return WebReader(address)

        check_story("web", address, reader, environment)
        check_kill("web", address, reader, lambda: len(list(pathlib.Path("www/images/versions").glob("2.0/*/*"))) > 3, environment)
        out = publish(address, "image-1.1", "--serial=9", code=2, environment={**environment, "PUBLISH_PASSWORD": "wrong"})
        interop.holds("401" in out and "PUBLISH_USER" in out, out)
        publish(address, "image-1.1", "--serial=9", code=8, environment={**environment, "SSL_CERT_FILE": "/dev/null"})
        publish(address.replace("https://", "https://publisher:secret@"), "image-1.1", code=2, environment=environment)
        # The same with credentials from netrc.
        interop.write("netrc", "machine localhost login publisher password secret\n").chmod(0o600)
        publish(address, "image-1.1", "--serial=9", environment={"SSL_CERT_FILE": environment["SSL_CERT_FILE"], "NETRC": "netrc"})
        state(reader())
    out = publish(address, "image-1.1", "--serial=10", code=8, environment=environment)
    interop.holds("run it again later" in out, out)


def check_registry():
    with places.registry() as repository:
        def reader():
            return OrasReader(repository)

        check_story("registry", f"oci://{repository}", reader)
        blobs = pathlib.Path("registry/docker/registry/v2/blobs/sha256")
        count = len(list(blobs.glob("*/*")))
        check_kill("registry", f"oci://{repository}", reader, lambda: len(list(blobs.glob("*/*"))) > count + 2)
    out = publish(f"oci://{repository}", "image-1.1", "--serial=10", code=8)
    interop.holds("run it again later" in out, out)


def main(kind):
    signing.openssl_key("key", "P-256")
    make_image("image-1.0", "1.0")
    make_image("image-1.1", "1.1")
    make_image("image-1.1-other", "1.1", seed=2)
    make_image("image-2.0", "2.0", size=400_000, extra=60)
    {"folder": check_folder, "web": check_web, "registry": check_registry}[kind]()


if __name__ == "__main__":
    main(sys.argv[1])
