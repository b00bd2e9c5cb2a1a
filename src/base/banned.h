/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that have a safer counterpart do not compile. The build includes this header in front
 * of every file. The headers that declare the functions come first, as a name that has been
 * poisoned may not even be declared.
 *
 * instead of                       use
 * strcpy strcat sprintf and kin    strbuf_*, arena_printf(), snprintf()
 * strncpy strncat                  memcpy() with a known length, arena_strndup()
 * strtok                           strcspn(), memchr()
 * atoi and kin                     strtoll() with its checks
 * alloca strdupa strndupa          an arena
 * ctime asctime gmtime localtime   strftime(), gmtime_r(), localtime_r()
 * gets mktemp tmpnam tempnam       fgets(), mkostemp()
 */
#pragma once

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef alloca
#undef strdupa
#undef strndupa

#pragma GCC poison strcpy stpcpy strcat strncpy stpncpy strncat strtok
#pragma GCC poison sprintf vsprintf gets
#pragma GCC poison atoi atol atoll atof
#pragma GCC poison alloca strdupa strndupa
#pragma GCC poison ctime asctime gmtime localtime
#pragma GCC poison mktemp tmpnam tempnam
