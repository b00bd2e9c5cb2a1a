/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who was born when: kept in the database, and in the cache if there is one. Names are keys of
 * name_key(); birthdays are texts "YYYY-MM-DD".
 */
#pragma once

#include "birthday/date.h"

struct cache;
struct config;
struct database;

struct users {
    struct database *database;
    struct cache *cache; /* NULL: without */
};

/* Opens both, with their connections to follow. False: logged. */
bool users_open(struct users *users, const char *database_url, struct cache *cache);
void users_close(struct users *users);

/* -errno: the database does not answer. */
int users_set(struct users *users, const char *key, const char *birthday);

/* 1 when found, 0 when unknown, -errno when the database does not answer. */
int users_find(struct users *users, const char *key, char ret_birthday[static DATE_TEXT_SIZE]);

/* 0 when the database answers. */
int users_check(struct users *users);
