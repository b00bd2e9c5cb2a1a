/* SPDX-License-Identifier: Apache-2.0 */
#include "os/user.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_SIZE 32768

static bool parse_id(const char *text, uint32_t *ret)
{
    unsigned long number;

    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
        return false;
    errno = 0;
    number = strtoul(text, NULL, 10);
    if (errno != 0 || number >= UINT32_MAX)
        return false;
    *ret = (uint32_t)number;
    return true;
}

static void take_groups(struct os_user *user, const char *name)
{
    gid_t groups[OS_USER_GROUPS_MAX];
    int count = OS_USER_GROUPS_MAX;

    if (getgrouplist(name, user->gid, groups, &count) < 0)
        count = OS_USER_GROUPS_MAX; /* more than that: the first ones */
    user->group_count = (size_t)count;
    memcpy(user->groups, groups, (size_t)count * sizeof(groups[0]));
}

int os_find_user(const char *text, struct os_user *ret_user)
{
    struct os_user user = {.home = "/"};
    char data[ENTRY_SIZE];
    struct passwd entry, *found = NULL;
    bool is_number = parse_id(text, &user.uid);
    int r;

    r = is_number ? getpwuid_r(user.uid, &entry, data, ENTRY_SIZE, &found)
                  : getpwnam_r(text, &entry, data, ENTRY_SIZE, &found);
    if (found == NULL && !is_number)
        return r != 0 && r != ESRCH && r != EPERM ? -r : -ENOENT;
    if (found != NULL) {
        user.uid = found->pw_uid;
        user.gid = found->pw_gid;
        (void)snprintf(user.home, sizeof(user.home), "%s", found->pw_dir);
        take_groups(&user, found->pw_name);
    }
    *ret_user = user;
    return 0;
}

int os_find_group(const char *text, gid_t *ret_gid)
{
    char data[ENTRY_SIZE];
    struct group entry, *found = NULL;
    int r;

    if (parse_id(text, ret_gid))
        return 0;
    r = getgrnam_r(text, &entry, data, ENTRY_SIZE, &found);
    if (found == NULL)
        return r != 0 && r != ESRCH && r != EPERM ? -r : -ENOENT;
    *ret_gid = found->gr_gid;
    return 0;
}
