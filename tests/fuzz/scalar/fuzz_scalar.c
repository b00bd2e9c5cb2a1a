/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target of the scalar languages. The first byte picks the parser (a letter of the table
 * below, or its number modulo their count), the rest is its text. Whatever is read must read back
 * from what is printed of it.
 */
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "spec/scalar/boolean.h"
#include "spec/scalar/byte_size.h"
#include "spec/scalar/device.h"
#include "spec/scalar/duration.h"
#include "spec/scalar/host_entry.h"
#include "spec/scalar/mount.h"
#include "spec/scalar/number.h"
#include "spec/scalar/port.h"
#include "spec/scalar/shell_words.h"

#define FUZZ_ARENA_BYTES_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

static bool fuzz_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void fuzz_check_message(const char *message)
{
    fuzz_require(message != NULL && strstr(message, " is no ") != NULL, "a refusal says why");
    fuzz_require(strlen(message) < 1000, "a message is short");
}

static void fuzz_boolean(struct arena *arena, const char *text, size_t length)
{
    struct boolean boolean, again;
    const char *message = NULL, *printed;

    if (!boolean_parse(arena, text, length, &boolean, &message)) {
        fuzz_check_message(message);
        return;
    }
    printed = boolean_print(boolean.value);
    fuzz_require(boolean_parse(arena, printed, strlen(printed), &again, &message) &&
                     again.value == boolean.value && !again.is_deprecated,
                 "a boolean reads back");
}

static void fuzz_byte_size(struct arena *arena, const char *text, size_t length)
{
    const char *message = NULL;
    struct byte_size_text printed;
    int64_t bytes, again;

    if (!byte_size_parse(arena, text, length, &bytes, &message)) {
        fuzz_check_message(message);
        return;
    }
    printed = byte_size_print(bytes);
    fuzz_require(bytes >= 0, "a size is not negative");
    fuzz_require(byte_size_parse(arena, printed.text, strlen(printed.text), &again, &message) &&
                     again == bytes,
                 "a size reads back");
}

static void fuzz_duration(struct arena *arena, const char *text, size_t length)
{
    const char *message = NULL;
    struct duration_text printed;
    int64_t nanoseconds, again;

    if (!duration_parse(arena, text, length, &nanoseconds, &message)) {
        fuzz_check_message(message);
        return;
    }
    printed = duration_print(nanoseconds);
    fuzz_require(duration_parse(arena, printed.text, strlen(printed.text), &again, &message) &&
                     again == nanoseconds,
                 "a duration reads back");
}

static void fuzz_number(struct arena *arena, const char *text, size_t length)
{
    struct number number = number_resolve(text, length), again;
    struct real_text printed;

    (void)arena;
    if (number.kind != VALUE_REAL)
        return;
    printed = real_text(number.real, REAL_YAML);
    again = number_resolve(printed.data, printed.length);
    if (isnan(number.real))
        fuzz_require(again.kind == VALUE_REAL && isnan(again.real), "NaN reads back");
    else
        fuzz_require((again.kind == VALUE_REAL && again.real == number.real) ||
                         (again.kind == VALUE_INTEGER && (double)again.integer == number.real),
                     "a real reads back");
}

static void fuzz_one_port(struct arena *arena, const struct port *port)
{
    const char *message = NULL, *printed = port_print(arena, port);
    struct port_list again;

    fuzz_require(port_parse(arena, printed, strlen(printed), &again, &message) &&
                     again.count == 1 && fuzz_same(again.items[0].host_ip, port->host_ip) &&
                     fuzz_same(again.items[0].protocol, port->protocol) &&
                     fuzz_same(again.items[0].published, port->published) &&
                     again.items[0].target == port->target,
                 "a port reads back");
}

static void fuzz_port(struct arena *arena, const char *text, size_t length)
{
    const char *message = NULL;
    struct port_list ports;

    if (!port_parse(arena, text, length, &ports, &message)) {
        fuzz_check_message(message);
        return;
    }
    fuzz_require(ports.count > 0 && ports.count <= 65536, "a text stands for some ports");
    fuzz_one_port(arena, &ports.items[0]);
    fuzz_one_port(arena, &ports.items[ports.count - 1]);
}

static void fuzz_mount(struct arena *arena, const char *text, size_t length)
{
    const char *message = NULL, *printed;
    struct mount mount, again;

    if (!mount_parse(arena, text, length, &mount, &message)) {
        fuzz_check_message(message);
        return;
    }
    printed = mount_print(arena, &mount);
    /* Cleaning the target may take one end of a variable out of it. */
    if (memmem(text, length, "${", 2) != NULL)
        return;
    fuzz_require(mount_parse(arena, printed, strlen(printed), &again, &message), "a mount reads");
    fuzz_require(fuzz_same(again.type, mount.type) && fuzz_same(again.source, mount.source) &&
                     fuzz_same(again.target, mount.target) &&
                     fuzz_same(again.propagation, mount.propagation) &&
                     fuzz_same(again.selinux, mount.selinux) &&
                     again.read_only == mount.read_only && again.has_bind == mount.has_bind &&
                     again.has_volume == mount.has_volume && again.nocopy == mount.nocopy &&
                     again.create_host_path == mount.create_host_path,
                 "a mount reads back");
}

static void fuzz_shell_words(struct arena *arena, const char *text, size_t length)
{
    const char *message = NULL, *printed;
    struct shell_words words, again;

    if (!shell_words_parse(arena, text, length, &words, &message)) {
        fuzz_check_message(message);
        return;
    }
    printed = shell_words_print(arena, words.words, words.count);
    fuzz_require(shell_words_parse(arena, printed, strlen(printed), &again, &message) &&
                     again.count == words.count && again.dropped_from == '\0',
                 "words read back");
    for (size_t i = 0; i < words.count; i++)
        fuzz_require(fuzz_same(words.words[i], again.words[i]), "a word reads back");
}

static void fuzz_host_entry(struct arena *arena, const char *text, size_t length)
{
    const char *message = NULL, *printed;
    struct host_entry entry, again;

    if (!host_entry_parse(arena, text, length, &entry, &message)) {
        fuzz_check_message(message);
        return;
    }
    for (size_t i = 0; i < entry.address_count; i++) {
        if (entry.addresses[i][0] == '[')
            continue; /* would lose another pair of brackets */
        printed = host_entry_print(arena, entry.host, entry.addresses[i]);
        fuzz_require(host_entry_parse(arena, printed, strlen(printed), &again, &message) &&
                         again.address_count == 1 && fuzz_same(again.host, entry.host) &&
                         fuzz_same(again.addresses[0], entry.addresses[i]),
                     "an extra host reads back");
    }
}

static void fuzz_device(struct arena *arena, const char *text, size_t length)
{
    const char *message = NULL, *printed;
    struct device device, again;

    if (!device_parse(arena, text, length, &device, &message)) {
        fuzz_check_message(message);
        return;
    }
    printed = device_print(arena, &device);
    fuzz_require(device_parse(arena, printed, strlen(printed), &again, &message) &&
                     fuzz_same(again.source, device.source) &&
                     fuzz_same(again.target, device.target) &&
                     fuzz_same(again.permissions, device.permissions) &&
                     device_is_cdi(&again) == device_is_cdi(&device),
                 "a device reads back");
}

static const struct {
    char letter;
    void (*run)(struct arena *arena, const char *text, size_t length);
} fuzz_parsers[] = {
    {'b', fuzz_byte_size}, {'d', fuzz_duration}, {'h', fuzz_host_entry},
    {'m', fuzz_mount},     {'n', fuzz_number},   {'p', fuzz_port},
    {'t', fuzz_boolean},   {'v', fuzz_device},   {'w', fuzz_shell_words},
};

#define FUZZ_PARSER_COUNT (sizeof(fuzz_parsers) / sizeof(fuzz_parsers[0]))

static void fuzz_run(struct arena *arena, uint8_t pick, const char *text, size_t length)
{
    size_t parser = pick % FUZZ_PARSER_COUNT;
    char *exact;

    for (size_t i = 0; i < FUZZ_PARSER_COUNT; i++) {
        if (fuzz_parsers[i].letter == (char)pick)
            parser = i;
    }
    /* In a block of just its size, so that reading past the end is seen. */
    exact = arena_alloc(arena, length);
    memcpy(exact, text, length);
    fuzz_parsers[parser].run(arena, exact, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    jmp_buf recover;

    /* Scalars of a file hold no NUL. */
    if (size == 0 || memchr(data, '\0', size) != NULL)
        return 0;
    arena_debug_malloc = true;
    arena_init(&arena, FUZZ_ARENA_BYTES_MAX);
    if (setjmp(recover) == 0) {
        arena_set_recovery(&arena, &recover);
        fuzz_run(&arena, data[0], (const char *)data + 1, size - 1);
    }
    arena_deinit(&arena);
    return 0;
}
