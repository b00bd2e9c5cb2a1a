# SPDX-License-Identifier: Apache-2.0

import hashlib
import threading

DATA = hashlib.shake_128(b"frames").digest(3 << 20)


def test_websocket_passes_end_to_end(edge, echoing, websocket):
    edge.forward(echoing)
    client = websocket()
    assert client.answer.has("connection", "upgrade")
    assert client.answer.header("upgrade") == "websocket"
    assert client.answer.header("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    (request,) = echoing.requests
    assert request.has("connection", "upgrade") and request.header("upgrade") == "websocket"
    assert request.header("sec-websocket-key") == "dGhlIHNhbXBsZSBub25jZQ=="
    for message in (b"a", b"\x81\x85\x00\x00\x00\x00hello", b"\r\n\r\n", b"x" * 100000):
        client.say(message)


def test_bytes_sent_with_the_request_wait_for_the_101(edge, echoing, websocket):
    edge.forward(echoing)
    client = websocket(early=b"early")
    assert client.reader.take(5) == bytes(255 - byte for byte in b"early")
    client.say(b"late")


def test_much_goes_both_ways(edge, echoing, websocket):
    edge.forward(echoing)
    client = websocket()
    thread = threading.Thread(target=client.send, args=(DATA,), daemon=True)
    thread.start()
    received = client.reader.take(len(DATA))
    thread.join()
    assert received.translate(bytes(range(255, -1, -1))) == DATA


def test_end_of_the_client_is_passed_on(edge, echoing, websocket):
    edge.forward(echoing)
    client = websocket()
    client.say(b"x")
    client.shut()
    # The way back is open until the target has said all.
    assert client.rest() == b"bye"
    assert client.end == "closed"
    assert echoing.wait_for_end() == "closed"


def test_reset_of_the_client_is_passed_on(edge, echoing, websocket):
    edge.forward(echoing)
    client = websocket()
    client.say(b"x")
    client.reset()
    assert echoing.wait_for_end() in ("closed", "reset")
