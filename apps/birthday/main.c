/* SPDX-License-Identifier: Apache-2.0 */
/* birthday: remembers when people were born, and how many days are left. See ../README.md. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "birthday/cache.h"
#include "birthday/hello.h"
#include "common/config.h"
#include "common/database.h"
#include "common/log.h"
#include "common/server.h"

static void configure_zone(struct config *config)
{
    const char *zone = config_text(config, "TZ", NULL);

    if (zone == NULL)
        return;
    if (!date_is_zone_known(zone))
        config_problem(config, "TZ", "the time zone \"%.40s\" is not known here", zone);
    /* It may come from the file; the C library looks at the environment. */
    (void)setenv("TZ", zone, 1);
    tzset();
}

static int serve(struct config *config)
{
    struct hello hello = {.today = date_today};
    struct server_options server = {
        .routes = hello_routes, .route_count = HELLO_ROUTE_COUNT, .context = &hello};
    const char *database_url = database_configure(config, "birthday.sqlite3");
    struct cache *cache = cache_configure(config);
    int r = 0;

    server_configure(&server, config);
    configure_zone(config);
    if (!config_check(config)) {
        cache_close(cache);
        return -1;
    }
    if (!users_open(&hello.users, database_url, cache)) {
        cache_close(cache);
        return -1;
    }
    r = server_run(&server);
    users_close(&hello.users);
    return r;
}

int main(void)
{
    struct config *config = NULL;
    int r = 0;

    log_init("birthday");
    server_block_signals();
    config = config_load(".env");
    r = serve(config);
    config_free(config);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
