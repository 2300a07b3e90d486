# SPDX-License-Identifier: Apache-2.0
"""Nodes whose cluster does not let them in, and operators who come: part of cluster.py, with its machines."""

import hashlib
import json
import shutil
import subprocess

from asterism_cluster.control_plane import answers, wait_for
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PORT = 8447
NOBODY = "127.0.0.1:9"


def key_id(path):
    """SHA-256 of the public key, as documents name operators."""
    key = load_pem_private_key(path.read_bytes(), None).public_key()
    return hashlib.sha256(key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)).hexdigest()


class Waiting:
    """An agent that goes on asking, and the operators who find its door."""

    def __init__(self, cluster, work, disk, **changes):
        self.cluster, self.work, self.disk = cluster, work, disk
        rules = {"listen": f"127.0.0.1:{PORT}", "operators": [key_id(work / "operator.pem")]}
        self.document = cluster.document(recovery=rules, **changes)
        self.log = (work / "agent.log").open("w")
        self.process = subprocess.Popen(cluster.agent_command(self.document, f"--disk-uuid={disk}", "--rounds=0"), stderr=self.log)
        wait_for("the agent listens", lambda: self.process.poll() is not None or answers(PORT), 60)

    def recover(self, program, *words, key="operator.pem", disk=None):
        return subprocess.run([program, "recover", f"127.0.0.1:{PORT}", f"--config={self.document}", f"--operator-key={self.work}/{key}",
                               f"--manifests={self.work}/manifests", f"--disk-uuid={disk or self.disk}",
                               f"--master-secret={self.work}/master", *words], capture_output=True, text=True, check=False, timeout=120)

    def said(self):
        return (self.work / "agent.log").read_text()

    def done(self):
        return self.process.wait(120)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def check_recover(cluster, work, program, disk, key, *, same, holds):
    """`key` is what the cluster gave this node for its disk: the master secret gives an operator the same."""
    staged = work / "staged"
    cluster.node.restart()
    waiting = Waiting(cluster, work, disk, endpoints=[NOBODY])
    for words, what, reason in (
        ({"key": "stranger.pem"}, "a stranger", "is no operator"),
        ({"disk": "11111111-1d2a-4c3b-8e5f-6a7b8c9d0e1f"}, "another disk", "wants the key of disk"),
    ):
        refused = waiting.recover(program, **words)
        same(refused.returncode, 6, f"{what}: {refused.stderr}")
        holds(reason in refused.stderr, f"{what}: {refused.stderr}")
    other = waiting.recover(program, "--identity=tpm:00")
    same(other.returncode, 6, f"another machine: {other.stderr}")
    holds(not staged.exists(), "nothing is staged")
    done = waiting.recover(program)
    same(done.returncode, 0, f"asterism recover: {done.stderr}\n{waiting.said()}")
    holds("worker-1 runs asterism 1.0" in done.stdout and "tpm:" in done.stdout, done.stdout)
    print(done.stdout, flush=True)
    same(waiting.done(), 0, f"join-agent: {waiting.said()}")
    print(waiting.said(), flush=True)
    holds((staged / "disk-key").read_bytes() == key, "the key that the cluster would have given")
    same(sorted(p.name for p in staged.iterdir()), ["disk-key", "report.json"], "what is staged")
    same(json.loads((staged / "report.json").read_text())["operator"], key_id(work / "operator.pem"), "operator")
    shutil.rmtree(staged)
    # Recovered once in this boot: a second operator, or the same one, finds that on record.
    waiting = Waiting(cluster, work, disk, endpoints=[NOBODY])
    again = waiting.recover(program)
    same(again.returncode, 6, f"again: {again.stderr}")
    holds("was recovered in this boot" in again.stderr, again.stderr)
    waiting.stop()


def check_closed(cluster, work, disk, *, holds):
    """A node whose document says nothing of recovery, and one that wants no key, wait between rounds and listen to nobody."""
    rules = {"listen": f"127.0.0.1:{PORT}", "operators": ["00" * 32]}
    for words, changes in (([f"--disk-uuid={disk}"], {}), ([], {"recovery": rules})):
        document = cluster.document(endpoints=[NOBODY], **changes)
        with (work / "agent.log").open("w") as log, subprocess.Popen(cluster.agent_command(document, "--rounds=0", *words), stderr=log) as agent:
            try:
                wait_for("two rounds", lambda: (work / "agent.log").read_text().count("connecting") >= 2, 60)
                holds(not answers(PORT), f"nobody listens: {(work / 'agent.log').read_text()}")
            finally:
                agent.terminate()


def check_altered(cluster, work, program, disk, *, same, holds):
    cluster.node.restart()
    cluster.node.extend(4, "another boot loader")
    waiting = Waiting(cluster, work, disk, endpoints=[NOBODY])
    refused = waiting.recover(program)
    same(refused.returncode, 6, f"an altered node: {refused.stderr}")
    holds("PCR 4 is" in refused.stderr, refused.stderr)
    waiting.stop()


def check_join_after_recovery(cluster, work, program, disk, *, same, holds):
    """The cluster gives this disk's key to another name only; it knows the operator, so that the node may join."""
    staged = work / "staged"
    cluster.node.restart()
    waiting = Waiting(cluster, work, disk, name="worker-2")
    holds("belongs to 'worker-1'" in waiting.said(), waiting.said())
    done = waiting.recover(program)
    same(done.returncode, 0, f"asterism recover: {done.stderr}\n{waiting.said()}")
    same(waiting.done(), 0, f"join-agent: {waiting.said()}")
    same(sorted(p.name for p in staged.iterdir()), ["ca.crt", "disk-key", "kubelet.env", "kubelet.kubeconfig", "kubelet.pem", "report.json"], "what is staged")
    shutil.rmtree(staged)
    cluster.node.restart()
