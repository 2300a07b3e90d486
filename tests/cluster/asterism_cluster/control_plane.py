# SPDX-License-Identifier: Apache-2.0
"""etcd, kube-apiserver and kube-controller-manager on the loopback address, with certificates of a CA made for the run."""

import datetime
import glob
import ipaddress
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

SERVER = "https://127.0.0.1:6443"
# The second one is how a virtual machine with QEMU's user network reaches this machine's loopback address.
ADDRESSES = ("127.0.0.1", "10.0.2.2")


def programs():
    """The folder with kube-apiserver, of the newest build in the cache."""
    found = sorted(glob.glob("/cache/control-plane/*/usr/bin/kube-apiserver"), key=os.path.getmtime)
    if not found:
        text = "no kube-apiserver in the cache: run scripts/control-plane"
        if os.environ.get("ASTERISM_NO_SKIP"):
            sys.exit(f"would be skipped, and ASTERISM_NO_SKIP is set: {text}")
        print(f"skipped: {text}")
        sys.exit(77)
    return pathlib.Path(found[-1]).parent


def pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Authority:
    def __init__(self, name, folder=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self.issue(self.name, self.key, ca=True)
        if folder:
            self.file = folder / "ca.crt"
            self.file.write_bytes(self.pem())
            (folder / "ca.key").write_bytes(pem(self.key))

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, subject, public, *, ca=False, names=(), usages=()):
        now = datetime.datetime.now(datetime.timezone.utc)
        public = public.public_key() if hasattr(public, "public_key") else public
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(public)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=2))
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def client(self, folder, name, organization=None):
        key = ec.generate_private_key(ec.SECP256R1())
        parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
        subject = x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self.issue(subject, key, usages=[x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH])
        (folder / f"{name}.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (folder / f"{name}.key").write_bytes(pem(key))


def wait_for(what, check, seconds=300):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return
        time.sleep(0.2)
    sys.exit(f"{what}: nothing after {seconds} s")


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class ControlPlane:
    def __init__(self, folder):
        self.folder = folder
        self.binaries = programs()
        self.running = []
        folder.mkdir()
        self.ca = Authority("kubernetes", folder)
        key = ec.generate_private_key(ec.SECP256R1())
        made = self.ca.issue(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kube-apiserver")]), key,
                             names=[*(x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES), x509.DNSName("localhost")],
                             usages=[x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
        (folder / "api.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (folder / "api.key").write_bytes(pem(key))
        (folder / "sa.key").write_bytes(pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
        self.ca.client(folder, "admin", "system:masters")
        self.ca.client(folder, "join-service")
        user = {"client-certificate": str(folder / "admin.crt"), "client-key": str(folder / "admin.key")}
        (folder / "admin.conf").write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": SERVER, "certificate-authority": str(self.ca.file)}}],
            "users": [{"name": "u", "user": user}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))

    def start(self, name, *words):
        log = (self.folder / f"{name}.log").open("wb")
        self.running.append(subprocess.Popen([str(w) for w in words], stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def up(self):
        f, b = self.folder, self.binaries
        self.start("etcd", "etcd", "--data-dir", f / "etcd", "--listen-client-urls=http://127.0.0.1:2379",
                   "--advertise-client-urls=http://127.0.0.1:2379", "--listen-peer-urls=http://127.0.0.1:2380")
        wait_for("etcd", lambda: answers(2379))
        self.start("apiserver", b / "kube-apiserver", "--etcd-servers=http://127.0.0.1:2379", "--bind-address=127.0.0.1",
                   "--secure-port=6443", "--advertise-address=10.0.2.2", f"--client-ca-file={self.ca.file}",
                   f"--tls-cert-file={f}/api.crt", f"--tls-private-key-file={f}/api.key", "--authorization-mode=Node,RBAC",
                   "--enable-admission-plugins=NodeRestriction", "--disable-admission-plugins=ServiceAccount",
                   "--service-account-issuer=https://kubernetes", f"--service-account-key-file={f}/sa.key",
                   f"--service-account-signing-key-file={f}/sa.key", "--service-cluster-ip-range=10.96.0.0/16", "--allow-privileged=true",
                   f"--kubelet-client-certificate={f}/admin.crt", f"--kubelet-client-key={f}/admin.key",
                   "--kubelet-preferred-address-types=InternalIP")
        wait_for("kube-apiserver", lambda: self.kubectl("get", "--raw=/readyz", check=False).returncode == 0)
        self.start("controller-manager", b / "kube-controller-manager", f"--kubeconfig={f}/admin.conf",
                   f"--cluster-signing-cert-file={f}/ca.crt", f"--cluster-signing-key-file={f}/ca.key", "--leader-elect=false",
                   "--controllers=csrsigning,csrcleaner", "--bind-address=127.0.0.1", "--port=0", "--secure-port=10257")

    def kubectl(self, *words, config=None, check=True, text=None):
        done = subprocess.run(["kubectl", f"--kubeconfig={config or self.folder / 'admin.conf'}", *words], input=text,
                              capture_output=True, text=True, check=False, env={"HOME": "/tmp", "PATH": os.environ["PATH"]})
        if check and done.returncode != 0:
            sys.exit(f"kubectl {' '.join(words)}: {done.stderr}")
        return done

    def down(self):
        for process in reversed(self.running):
            process.terminate()
        for process in self.running:
            process.wait(30)
