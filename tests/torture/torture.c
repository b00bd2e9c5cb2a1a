/* SPDX-License-Identifier: Apache-2.0 */
#include "torture.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PLACES = 8
};

const struct torture_project torture_projects[TORTURE_PROJECT_COUNT] = {
    {"variables", {"variables/compose.yaml"}},
    {"include", {"include/compose.yaml"}},
    {"extends", {"extends/compose.yaml"}},
    {"env-files", {"env-files/compose.yaml"}},
    {"merge", {"merge/compose.yaml", "merge/compose.override.yaml"}},
    {"anchors", {"anchors/compose.yaml"}},
    {"slipway", {"slipway/compose.yaml"}},
    {"every-key", {"every-key/compose.yaml"}},
    {"sorting", {"sorting/compose.yaml"}},
    {"errors", {"errors/compose.yaml"}},
    {"contradictions", {"contradictions/compose.yaml"}},
};

static char passed[] = "PASSED=in";
static char home[] = "HOME=/home/user";
static char terminal[] = "TERM=xterm";

char *const torture_environment[] = {passed, home, terminal, NULL};

const char *torture_path(size_t place, const char *name)
{
    static char paths[PLACES][PATH_MAX];
    int length;

    assert(place < PLACES);
    length = snprintf(paths[place], sizeof(paths[place]), "%s/%s", TORTURE_PROJECTS, name);
    assert(length > 0 && (size_t)length < sizeof(paths[place]));
    return paths[place];
}

bool torture_says_no_memory(const char *text)
{
    return strstr(text, "out of memory") != NULL || strstr(text, "Cannot allocate memory") != NULL;
}

int torture_next_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert(fd >= 0);
    (void)close(fd);
    return fd;
}
