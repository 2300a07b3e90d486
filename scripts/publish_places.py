# SPDX-License-Identifier: Apache-2.0
"""Where images are published: a folder, a web server that takes PUT, an OCI registry. One interface for all three.

Every place keeps one promise: a file under versions/ appears whole or not at all and is never replaced, and index.json and
channels/<name>.json change from the old bytes to the new ones at once.
"""

import base64
import hashlib
import http.client
import json
import netrc
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from settings import BuildError, say

TRIES = 3
TIMEOUT_SECONDS = 60
CHUNK_BYTES = 1 << 20


class Unavailable(BuildError):
    """The place did not answer, or not as it should; may work later."""


class Conflict(BuildError):
    """What is published there stands against it."""


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Folder:
    """A folder, or file:// and its path."""

    def __init__(self, path: Path):
        self.top = path

    def read(self, name: str) -> bytes | None:
        try:
            return (self.top / name).read_bytes()
        except FileNotFoundError:
            return None

    def missing(self, folder: str, files: list[Path]) -> list[Path]:
        """Those of the files that are not there yet. What is there must have the same bytes."""
        absent = []
        for file in files:
            there = self.top / folder / file.name
            if not there.exists():
                absent.append(file)
            elif there.stat().st_size != file.stat().st_size or digest_of(there) != digest_of(file):
                raise Conflict(f"{there}: is there with other bytes; it was altered, or a disk is broken: remove it and publish again")
        return absent

    def add(self, folder: str, files: list[Path], progress) -> None:
        for file in files:
            target = self.top / folder / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            self._write(file, target, progress)

    def replace(self, name: str, file: Path) -> None:
        target = self.top / name
        target.parent.mkdir(parents=True, exist_ok=True)
        self._write(file, target, lambda _: None)

    @staticmethod
    def _write(file: Path, target: Path, progress) -> None:
        part = target.with_name(f".part-{target.name}")
        with file.open("rb") as source, part.open("wb") as out:
            while chunk := source.read(CHUNK_BYTES):
                out.write(chunk)
                progress(len(chunk))
            out.flush()
            os.fsync(out.fileno())
        part.rename(target)
        parent = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)


class _Counted:
    """A file that says how much of it was read, for a request's body."""

    def __init__(self, path: Path, progress):
        self.file, self.progress = path.open("rb"), progress

    def read(self, size: int = -1) -> bytes:
        chunk = self.file.read(max(size, CHUNK_BYTES))
        self.progress(len(chunk))
        return chunk

    def close(self) -> None:
        self.file.close()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A PUT that is sent elsewhere would lose its body, and credentials would go to whoever asks."""

    def redirect_request(self, request, file, code, message, headers, address):
        return None


class WebServer:
    """A server that takes PUT (WebDAV or an object store). A server must put a file in place when it is complete, as nginx does."""

    def __init__(self, address: str):
        parts = urllib.parse.urlsplit(address)
        if parts.username or parts.password:
            raise BuildError("DEST: no credentials in the address, where others see them: use PUBLISH_USER and PUBLISH_PASSWORD, or ~/.netrc")
        self.base = address.rstrip("/")
        self.credentials = self._credentials(parts.hostname or "")
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme == "http" and self.credentials and not local:
            raise BuildError("DEST: credentials go over https only")
        self.opener = urllib.request.build_opener(_NoRedirect)

    @staticmethod
    def _credentials(host: str) -> str | None:
        user, password = os.environ.get("PUBLISH_USER"), os.environ.get("PUBLISH_PASSWORD")
        if not user:
            try:
                found = netrc.netrc(os.environ.get("NETRC")).authenticators(host)
            except FileNotFoundError:
                found = None
            except netrc.NetrcParseError as error:
                raise BuildError(f"netrc: {error}") from None
            if not found:
                return None
            user, password = found[0], found[2]
        return "Basic " + base64.b64encode(f"{user}:{password or ''}".encode()).decode()

    def _address(self, name: str) -> str:
        return f"{self.base}/{urllib.parse.quote(name)}"

    def _request(self, method: str, name: str, body=None, headers=None):
        """The response, or None for 404. Other refusals are errors; what may pass is tried again."""
        for attempt in range(1, TRIES + 1):
            data = body() if body else None
            request = urllib.request.Request(self._address(name), data=data, method=method, headers=dict(headers or {}))
            if self.credentials:
                request.add_unredirected_header("Authorization", self.credentials)
            try:
                return self.opener.open(request, timeout=TIMEOUT_SECONDS)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == 404 and method in ("GET", "HEAD"):
                    return None
                if error.code < 500 and error.code != 429:
                    raise _Refused(f"{method} {self._address(name)}: {error.code} {error.reason}", error.code) from None
                problem = f"{error.code} {error.reason}"
            except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
                problem = str(getattr(error, "reason", error))
            finally:
                if data:
                    data.close()
            if attempt < TRIES:
                say(f"publish: {method} {name}: {problem}; trying again")
                time.sleep(attempt)
        raise Unavailable(f"{method} {self._address(name)}: {problem}, {TRIES} times; run it again later: what is there stays as it is")

    def read(self, name: str) -> bytes | None:
        # A cache on the way must not answer with an older index.
        response = self._request("GET", name, headers={"Cache-Control": "no-cache"})
        if response is None:
            return None
        with response:
            return response.read()

    def missing(self, folder: str, files: list[Path]) -> list[Path]:
        """The folder's name follows from the build, so a file of the same name and size is the same file."""
        absent = []
        for file in files:
            response = self._request("HEAD", f"{folder}/{file.name}")
            if response is None:
                absent.append(file)
                continue
            size = response.headers.get("Content-Length")
            response.close()
            if size != str(file.stat().st_size):
                raise Conflict(f"{self._address(folder)}/{file.name}: is there with {size} bytes, not {file.stat().st_size}: remove it and publish again")
        return absent

    def add(self, folder: str, files: list[Path], progress) -> None:
        for file in files:
            self._put(f"{folder}/{file.name}", file, progress)

    def replace(self, name: str, file: Path) -> None:
        self._put(name, file, lambda _: None)

    def _put(self, name: str, file: Path, progress) -> None:
        headers = {"Content-Length": str(file.stat().st_size), "Content-Type": "application/octet-stream"}
        try:
            self._request("PUT", name, lambda: _Counted(file, progress), headers).close()
        except _Refused as refused:
            if refused.code != 409:
                raise
            # WebDAV servers other than nginx want each folder made first.
            for end in [at for at, c in enumerate(name) if c == "/"]:
                try:
                    self._request("MKCOL", name[:end] + "/").close()
                except _Refused:
                    pass  # it is there
            self._request("PUT", name, lambda: _Counted(file, progress), headers).close()


class _Refused(BuildError):
    """The server understood and said no."""

    def __init__(self, text: str, code: int):
        hint = {401: "; credentials: PUBLISH_USER and PUBLISH_PASSWORD, or ~/.netrc", 403: "; the credentials do not suffice",
                405: "; the server takes no PUT there", 413: "; the server takes no files of that size"}
        super().__init__(text + hint.get(code, ""))
        self.code = code


class Registry:
    """An OCI registry, by way of oras: each folder is an artefact with a tag, each file a layer under its name."""

    CREATED = "org.opencontainers.image.created=1970-01-01T00:00:00Z"  # a date would give the same files another digest

    def __init__(self, repository: str, oras: list[str]):
        self.repository, self.oras = repository, oras
        host = repository.split("/")[0]
        self.options = ["--plain-http"] if re.fullmatch(r"(localhost|127\.0\.0\.1)(:\d+)?", host) else []
        self.password = None
        if user := os.environ.get("PUBLISH_USER"):
            self.options += ["--username", user, "--password-stdin"]
            self.password = os.environ.get("PUBLISH_PASSWORD", "")

    @staticmethod
    def tag(name: str) -> str:
        """versions/<v>/<build> -> <v>-<build>; channels/<c>.json -> channel-<c>; index.json -> index."""
        text = name.removeprefix("versions/").removesuffix(".json").replace("channels/", "channel-").replace("/", "-")
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", text):
            raise BuildError(f"DEST: an OCI tag cannot hold '{text}'; versions with + ~ ^ cannot go into a registry")
        return text

    def _run(self, words: list[str], *, cwd: Path | None = None) -> subprocess.CompletedProcess:
        # Without a password, credentials are those of `oras login` and `docker login`.
        return subprocess.run([*self.oras, *words, *self.options], cwd=cwd, input=self.password, capture_output=True, text=True, check=False)

    def _checked(self, words: list[str], **options) -> str:
        done = self._run(words, **options)
        if done.returncode != 0:
            raise self._unavailable(words[0], done)
        return done.stdout

    def _unavailable(self, verb: str, done: subprocess.CompletedProcess) -> Unavailable:
        lines = [line for line in done.stderr.strip().splitlines() if line.startswith("Error")] or done.stderr.strip().splitlines()[-1:]
        return Unavailable(f"oras {verb} {self.repository}: {' '.join(lines)}; run it again later: what is there stays as it is")

    def _layers(self, tag: str) -> dict[str, str] | None:
        """Names and digests of what a tag holds; None where there is no such tag."""
        done = self._run(["manifest", "fetch", f"{self.repository}:{tag}"])
        if done.returncode != 0:
            if "not found" in done.stderr or "NAME_UNKNOWN" in done.stderr or "404" in done.stderr:
                return None
            raise self._unavailable("manifest fetch", done)
        layers = json.loads(done.stdout).get("layers", [])
        return {layer.get("annotations", {}).get("org.opencontainers.image.title", ""): layer["digest"] for layer in layers}

    def read(self, name: str) -> bytes | None:
        layers = self._layers(self.tag(name))
        if layers is None:
            return None
        digest = layers.get(Path(name).name)
        if not digest:
            raise Conflict(f"{self.repository}:{self.tag(name)}: holds no {Path(name).name}; another tag, or another repository?")
        with tempfile.TemporaryDirectory() as folder:
            self._checked(["blob", "fetch", "--output", f"{folder}/blob", f"{self.repository}@{digest}"])
            return Path(folder, "blob").read_bytes()

    def missing(self, folder: str, files: list[Path]) -> list[Path]:
        """All or none: an artefact has its tag once all of its layers are there."""
        layers = self._layers(self.tag(folder))
        if layers is None:
            return files
        if layers != {file.name: f"sha256:{digest_of(file)}" for file in files}:
            raise Conflict(f"{self.repository}:{self.tag(folder)}: is there with other files; remove the tag and publish again")
        return []

    def add(self, folder: str, files: list[Path], progress) -> None:
        self._push(folder, files)
        progress(sum(file.stat().st_size for file in files))

    def replace(self, name: str, file: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            named = Path(folder, Path(name).name)
            shutil.copyfile(file, named)
            self._push(name, [named])

    def _push(self, name: str, files: list[Path]) -> None:
        if not files:
            return
        kind = "application/vnd.asterism.index.v1" if name.endswith(".json") else "application/vnd.asterism.files.v1"
        words = ["push", "--no-tty", "--artifact-type", kind, "--annotation", self.CREATED, f"{self.repository}:{self.tag(name)}"]
        self._checked([*words, *(f"{file.name}:application/octet-stream" for file in files)], cwd=files[0].parent)


def place_of(destination: str, oras: list[str]):
    """The place that DEST= names."""
    if destination.startswith("oci://"):
        return Registry(destination.removeprefix("oci://").rstrip("/"), oras)
    if destination.startswith(("https://", "http://")):
        return WebServer(destination)
    if destination.startswith("file://"):
        return Folder(Path(urllib.parse.unquote(urllib.parse.urlsplit(destination).path)))
    if "://" in destination:
        raise BuildError(f"DEST={destination}: expected a folder, file://, https:// or oci://")
    return Folder(Path(destination))
