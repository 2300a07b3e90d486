# SPDX-License-Identifier: Apache-2.0
"""Vendor headers stand only where they are allowed, and headers include nothing of a vendor at all.

Debian keeps every vendor's headers in /usr/include, so that linking privately does not stop anyone from including them.
Layers: common (0) includes itself; libraries of layer 1 include 0; all others include 0 and 1, never each other.
"""

import re

import rules

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SYSTEM_FOLDERS = ("sys/", "linux/", "arpa/", "netinet/", "net/")
# Vendor header prefix -> modules whose .cpp files may include it.
VENDORS = {
    "openssl/": {"common", "crypto", "tpm", "disk-mapper", "attestation", "join", "upgrade-agent"},
    "nlohmann/": {"common"},
    "CLI/": {"common", "app"},
    "cbor.h": {"manifest"},
    "libcryptsetup.h": {"disk-mapper", "block"},
    "libdevmapper.h": {"disk-mapper", "block"},
    "tss2/": {"tpm", "attestation"},
    "systemd/": {"bus", "node-console", "disk-mapper", "join", "upgrade-agent"},
    "httplib.h": {"join"},
    "curl/": {"net", "upgrade-agent"},
    "bpf/": {"node-guard"},
    "zstd.h": {"upgrade-agent"},
}
# Programs made of several libraries of layer 2: their app/ folders may include any of them.
PROGRAMS = {"asterism"}
# One library of layer 2 that stands on another: joining is a use of attestation.
ON_TOP = {("join", "attestation")}
LAYER_0 = {"common"}
LAYER_1 = {"block", "bus", "crypto", "efi", "event-log", "firmware", "manifest", "net", "tpm"}


def vendor_problem(path, module, header):
    for prefix, modules in VENDORS.items():
        if header.startswith(prefix):
            if path.suffix != ".cpp":
                return f"<{header}> in a header"
            allowed = module in modules or ("app" in modules and "app" in path.parts)
            return None if allowed else f"<{header}> is not for {module}"
    if "/" in header and not header.startswith(SYSTEM_FOLDERS):
        return f"<{header}> is of no known vendor; add it to {rules.pathlib.Path(__file__).name}"
    return None


def layer_problem(path, module, header):
    other = header.split("/")[0]
    if "/" not in header:
        if "app" in path.parts:
            return None  # the parts of one program
        return f'"{header}" is not written from the root of src/'
    if other == module or other in LAYER_0:
        return None
    if (module, other) in ON_TOP:
        return None
    if (module, other) == ("manifest", "crypto"):
        return None  # the one exception: documents carry signatures
    if module in PROGRAMS and "app" in path.parts:
        return None
    if module in LAYER_0 or module in LAYER_1:
        return f'"{header}": {module} may include only itself and common'
    return None if other in LAYER_1 else f'"{header}": {module} may not include {other}'


def main():
    findings = []
    for path in rules.files("*.cpp", "*.hpp"):
        module = path.relative_to(rules.ROOT / "src").parts[0]
        if "bpf" in path.parts:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if found := INCLUDE.match(line):
                problem = (vendor_problem(path, module, found[2]) if found[1] == "<" else layer_problem(path, module, found[2]))
                if problem:
                    findings.append((path, number, problem))
    rules.show(findings)


if __name__ == "__main__":
    main()
