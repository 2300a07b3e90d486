# SPDX-License-Identifier: Apache-2.0
"""The release image joins a real cluster: Ready, pods run, and after a restart it joins again with its data."""

import json
import re
import secrets

from asterism_vm import disk
from asterism_vm.case import Case
from asterism_vm.cluster import CLUSTER, FORWARDS, NODE, Cluster, configuration, has_succeeded, is_ready, pod
from asterism_vm.image import Image
from asterism_vm.machine import Disk
from asterism_vm.vm import Vm

_SIZE = 6 << 30
_STATE = re.compile(r"disk-mapper: (made|opened) state disk \S+ \(([0-9a-f-]{36})\)")
_JOINED = re.compile(rf"join-agent: joined cluster {CLUSTER} as {NODE}".encode())
# What a cluster's network agent leaves in /etc/cni/net.d; the plugins are the image's own.
_NETWORK = {"cniVersion": "0.3.1", "name": "pods", "plugins": [
    {"type": "ptp", "ipMasq": False, "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.200.0.0/24"}]]}}]}
_SOCAT = "/usr/bin/socat"


def wait_joined(case: Case, cluster: Cluster, vm: Vm, expected: str) -> str:
    """Waits for a node that joined and is up; the UUID of its state disk."""
    vm.expect(_JOINED)
    case.note(f"joined {vm.seconds():.0f} s after power-on")
    line = cluster.service.next_line()
    case.require(line["outcome"] == "joined" and line["node"] == NODE, f"the audit log says {line}")
    case.boot(vm)
    case.require(bool(re.search(r"systemd-networkd +active", vm.console.text())), "networkd does not run in the root")
    said = _STATE.search(vm.console.text())
    case.require(bool(said) and said[1] == expected, f"the state disk was not {expected}: {said and said[0]}")
    case.require(line["disk_uuid"] == said[2], f"the key was asked for disk {line['disk_uuid']}, and {said[2]} was {expected}")
    return said[2]


def _first(case: Case, cluster: Cluster, vm: Vm, token: str) -> str:
    uuid = wait_joined(case, cluster, vm, "made")
    cluster.wait(vm, f"node/{NODE}", lambda node: True)
    case.note(f"kubelet has registered the node {vm.seconds():.0f} s after power-on")
    copy = [_SOCAT, "-u", "OPEN:/config/file", "CREATE:/mnt/net.d/10-pods.conflist"]
    cluster.create(configuration("network", file=json.dumps(_NETWORK)),
                   pod("network", copy, host_network=True, once=True, folders={"net.d": "/etc/cni/net.d"}))
    cluster.wait(vm, f"node/{NODE}", is_ready)
    case.note(f"Ready {vm.seconds():.0f} s after power-on")
    cluster.create(configuration("keeper", file=token),
                   pod("keeper", [_SOCAT, "-u", "OPEN:/config/file", "CREATE:/mnt/data/token"], once=True, folders={"data": "/var/lib/test"}),
                   pod("sleeper", ["/pause"]))
    cluster.wait(vm, "pod/sleeper", is_ready)
    cluster.wait(vm, "pod/keeper", has_succeeded)
    case.note(cluster.control.kubectl("get", "nodes,pods", "-o", "wide").stdout)
    return uuid


def _again(case: Case, cluster: Cluster, vm: Vm, uuid: str, token: str) -> None:
    case.require(wait_joined(case, cluster, vm, "opened") == uuid, "the second boot opened another state disk")
    cluster.create(pod("reader", [_SOCAT, "-u", "OPEN:/mnt/data/token", "STDOUT"], once=True, folders={"data": "/var/lib/test"}))
    cluster.wait(vm, "pod/reader", has_succeeded)
    cluster.create(pod("names", [_SOCAT, "-u", "OPEN:/etc/resolv.conf", "STDOUT"], once=True))
    cluster.wait(vm, "pod/names", has_succeeded)
    names = cluster.logs("names")
    case.require("nameserver 10.96.0.10" in names and "svc.test.local" in names, f"a pod's DNS servers are not the cluster's: {names!r}")
    case.require(cluster.logs("reader") == token, f"the pod read {cluster.logs('reader')!r}, not what was written before")
    cluster.wait(vm, f"node/{NODE}", is_ready)
    case.note(f"joined again, data intact {vm.seconds():.0f} s after power-on")


def run(case: Case) -> None:
    image = Image.release()
    path = disk.copy(image.raw, case.folder / "disk.raw", size=_SIZE)
    variables = case.variables(image.keys())
    token = secrets.token_hex(16)
    with Cluster(case, image) as cluster:
        cluster.give_tpm(case.folder)
        cluster.document(path)

        def machine(name: str) -> Vm:
            return case.vm(image, Disk(path, snapshot=False), variables, name, network=True, forwards=FORWARDS, memory_mib=3072)

        with machine("first") as vm:
            uuid = _first(case, cluster, vm, token)
            vm.shutdown()
        with machine("second") as vm:
            _again(case, cluster, vm, uuid, token)
