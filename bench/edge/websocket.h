/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The opening of a WebSocket, always with the example key of RFC 6455, so that its answer is known.
 */
#pragma once

#define WEBSOCKET_KEY "dGhlIHNhbXBsZSBub25jZQ=="

#define WEBSOCKET_REQUEST                                                                          \
    "GET /ws HTTP/1.1\r\n"                                                                         \
    "Host: bench.example.com\r\n"                                                                  \
    "Upgrade: websocket\r\n"                                                                       \
    "Connection: Upgrade\r\n"                                                                      \
    "Sec-WebSocket-Version: 13\r\n"                                                                \
    "Sec-WebSocket-Key: " WEBSOCKET_KEY "\r\n\r\n"

#define WEBSOCKET_ACCEPTED                                                                         \
    "HTTP/1.1 101 Switching Protocols\r\n"                                                         \
    "Upgrade: websocket\r\n"                                                                       \
    "Connection: Upgrade\r\n"                                                                      \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
