/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling the text of a Compose file: after a whole load of it, or just as it was read. */
#pragma once

#include "../../spec/fixture.h"

#include "../../../lib/memory_files.h"
#include <errno.h>

#include "base/error.h"
#include "os/os.h"
#include "route/compile/compile.h"
#include "route/config.h"
#include "route/snapshot.h"
#include "spec/spec.h"

static struct route_config compiled;

/* The way of a user's file: everything that src/spec does, then the compiler, then the builder, so
 * that nothing passes the one and not the other. */
static inline void compile_file(const char *text)
{
    _cleanup_error_ struct error *error = NULL;
    struct spec_options options = {.current_directory = "/project", .standard_input = -1};
    static struct memory_file files[2];
    static struct spec spec;
    void *image;
    size_t size;
    bool fine;

    files[0] = (struct memory_file){"/project/compose.yaml", text};
    os_set_ops(memory_files_ops(files));
    spec_init(&spec, &fixture_arena);
    fine = spec_load(&spec, &options);
    spec_deinit(&spec);
    os_set_ops(NULL);
    if (!fine)
        fail_msg("%s: %s", spec.diagnostics.items[0].path, spec.diagnostics.items[0].message);
    if (compile_project(&fixture_arena, spec.root, "shop", &compiled, &error) < 0)
        fail_msg("%s", error->message);
    if (snapshot_build(&fixture_arena, &compiled, &image, &size, &error) < 0)
        fail_msg("%s", error->message);
}

/* What src/spec would have refused, most of it, reaches the compiler when somebody else writes to
 * control's socket: the tree is the text as it stands. */
static inline void assert_refused(const char *text, const char *message)
{
    struct error *error = NULL;
    struct route_config config = {.listener_count = 77};

    if (compile_project(&fixture_arena, fixture_value(text), "shop", &config, &error) != -EINVAL)
        fail_msg("%s: it is taken", text);
    assert_int_equal(config.listener_count, 77);
    if (strcmp(error->message, message) != 0)
        fail_msg("%s: got \"%s\", expected \"%s\"", text, error->message, message);
    error_free(error);
}
