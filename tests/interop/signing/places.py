# SPDX-License-Identifier: Apache-2.0
"""Servers on loopback for the publishing tests: nginx with WebDAV PUT over TLS, and docker-registry."""

import contextlib
import os
import pathlib
import socket
import subprocess
import time

from signing import interop

HERE = pathlib.Path.cwd()

NGINX = """daemon off; pid nginx.pid; error_log nginx-error.log; worker_processes 1;
events {{ }}
http {{
  access_log nginx-access.log; client_max_body_size 0; client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {here}/tls.crt; ssl_certificate_key {here}/tls.key;
    root {here}/www;
    location / {{
      dav_methods PUT; create_full_put_path on;
      limit_except GET HEAD {{ auth_basic publish; auth_basic_user_file {here}/htpasswd; }}
    }}
  }}
}}
"""

REGISTRY = """version: 0.1
storage: {{filesystem: {{rootdirectory: {here}/registry}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
log: {{level: warn}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(port, *words):
    """The server runs while the block does, and is there when the block starts."""
    with open("server.log", "ab") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            if process.poll() is not None:
                raise SystemExit(f"{words[0]} ended: {pathlib.Path('server.log').read_text()[-2000:]}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if time.monotonic() > deadline:
                raise SystemExit(f"{words[0]} does not listen")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def web_server():
    """Yields address and environment of publishers; readers need no credentials."""
    interop.run("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost", "-keyout", "tls.key", "-out", "tls.crt")
    hashed = interop.run("openssl", "passwd", "-apr1", "secret").stdout.strip()
    interop.write("htpasswd", f"publisher:{hashed}\n")
    os.makedirs("www", exist_ok=True)
    port = free_port()
    interop.write("nginx.conf", NGINX.format(here=HERE, port=port))
    with serving(port, "nginx", "-p", str(HERE), "-e", "nginx-error.log", "-c", str(HERE / "nginx.conf"), "-g", f"user {user()};"):
        yield f"https://localhost:{port}/images", {"SSL_CERT_FILE": str(HERE / "tls.crt"), "PUBLISH_USER": "publisher", "PUBLISH_PASSWORD": "secret"}


def user():
    """Who the workers run as: the one who owns the folder that they write to."""
    import pwd  # noqa: PLC0415

    return pwd.getpwuid(os.getuid()).pw_name


@contextlib.contextmanager
def registry():
    port = free_port()
    interop.write("registry.yml", REGISTRY.format(here=HERE, port=port))
    with serving(port, "docker-registry", "serve", "registry.yml"):
        yield f"127.0.0.1:{port}/asterism/images"
