/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plain YAML scalar is: null, a boolean, a number or a string; and numbers as text.
 *
 * The rules are those of YAML 1.2 with what the reference implementation adds: underscores between
 * digits, 0x, 0o and 0b, octals written 0755, an optional sign. "yes", "on", "22:22" and dates are
 * strings. A number that no double holds ("1e999") is a string.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/real.h"
#include "model/value.h"

struct number {
    enum value_kind kind; /* null, bool, integer, real or string */
    bool is_large;        /* an integer of 64 bits without sign: kind is string, its text large */
    union {
        bool boolean;
        int64_t integer;
        double real;
        uint64_t large;
    };
};

/* Never fails: what is nothing else is a string. Called for every plain scalar. */
struct number number_resolve(const char *text, size_t length);

/* For variables that were put in for a number: decimal only, the whole text, a sign allowed. False
 * where it is something else or out of range. */
bool number_parse_integer(const char *text, size_t length, int64_t *ret_integer);
bool number_parse_real(const char *text, size_t length, double *ret_real);

/* A single number as the reference prints it, which keeps no more of cpus and of ratios: "0.1", not
 * "0.10000000149011612". For doubles there is real_text(). */
struct real_text number_print_single(float single, enum real_notation notation);
