# SPDX-License-Identifier: Apache-2.0
"""Certificates, made by openssl, and what clients of TLS need."""

import ssl
import subprocess

from support.raw import Client


def make_certificate(folder, name, *names, kind="ec"):
    """NAME.pem and NAME.key in the folder, for these host names."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    kinds = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "rsa": ["-newkey", "rsa:2048"]}
    subprocess.run(
        ["openssl", "req", "-x509", *kinds[kind], "-nodes", "-keyout", key, "-out", certificate, "-days", "30",
         "-subj", f"/CN={name}", "-addext", "subjectAltName=" + ",".join(f"DNS:{other}" for other in names)],
        check=True,
        capture_output=True,
    )
    return {"cert": str(certificate), "key": str(key)}


def client_context(protocols=(), lowest=None, highest=None):
    """That takes any certificate: which one it got is for the test to look at."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    if lowest:
        context.minimum_version = lowest
    if highest:
        context.maximum_version = highest
    return context


def certificate_name(client):
    """The common name of the certificate that was shown."""
    data = client.socket.getpeercert(binary_form=True)
    text = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-subject", "-nameopt", "RFC2253"],
        input=data,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return text.strip().removeprefix("subject=CN=")


class Wire:
    """A TLS client whose records can be seen: plain bytes in, bytes for the wire out."""

    def __init__(self, address, context, server_name):
        self.client = Client(address)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=server_name)

    def handshake(self, cuts=None):
        while True:
            try:
                self.tls.do_handshake()
                self.flush(cuts)
                return
            except ssl.SSLWantReadError:
                self.flush(cuts)
                data = self.client.receive()
                if not data:
                    raise EOFError("closed within the handshake") from None
                self.incoming.write(data)

    def flush(self, cuts=None):
        data = self.outgoing.read()
        self.client.send_pieces(data, range(1, len(data)) if cuts == "all" else cuts or [])


def raw_client_hello(context, server_name):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname=server_name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()
