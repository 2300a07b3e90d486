# SPDX-License-Identifier: Apache-2.0
"""A recorded quote, its PCK certificate and its collateral; the same quote as version 5."""

import base64
import re
import struct

import seeds


def main():
    seeds.recorded("pckcrl", "sample_qeIdentity_response", "sample_tcbInfo_response")
    quote = (seeds.DATA / "tdx_prod_quote_SPR_E4.dat").read_bytes()[:4935]
    seeds.save("quote", quote)
    body = quote[48:632]
    seeds.save("quote5", b"\5" + quote[1:48] + struct.pack("<HI", 2, len(body)) + body + quote[632:])
    pem = re.search(rb"-----BEGIN CERTIFICATE-----(.*?)-----END", quote, re.S)[1]
    seeds.save("pck", base64.b64decode(pem))


if __name__ == "__main__":
    main()
