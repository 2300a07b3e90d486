# SPDX-License-Identifier: Apache-2.0
"""Answers as metadata services send them: with a length, in chunks, up to the end, and without a body."""

import pathlib
import sys

TARGET = pathlib.Path(sys.argv[1])


def main():
    answers = {
        "length": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
        "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n",
        "end": b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n{}",
        "none": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "coded": b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\nx",
    }
    for name, content in answers.items():
        (TARGET / name).write_bytes(content)


if __name__ == "__main__":
    main()
