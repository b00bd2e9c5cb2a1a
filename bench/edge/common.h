/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs of this benchmark share: time, addresses, and sockets that either work or end
 * the program with a message. An address is "127.0.0.1:8080" or "unix:/path".
 */
#pragma once

#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SECOND_NS 1000000000ull

struct address {
    struct sockaddr_storage storage;
    socklen_t size;
};

noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

uint64_t now_ns(void);

/* A number of the command line, within these limits. */
uint64_t number_parse(const char *what, const char *text, uint64_t least, uint64_t most);

/* These die when it is not an address, or when the socket cannot be had. */
struct address address_parse(const char *text);
int address_listen(const char *text);

/* Begins to connect without blocking. Returns the socket, or -1 with errno. */
int address_connect(const struct address *address);

/* To an epoll instance, edge-triggered for everything, or for reading alone, level-triggered. */
void poll_add(int poll_fd, int fd, void *data);
void poll_add_readable(int poll_fd, int fd, void *data);

/* As many descriptors as allowed, SIGPIPE ignored, and an end when the parent ends. */
void program_init(void);
