/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/error.h"
#include "control/runtimes.h"
#include "runtime/docker/docker.h"
#include "runtime/process/process.h"

int runtimes_make(enum desired_runtime kind, const char *folder, struct runtime **ret_runtime,
                  struct error **reterr)
{
    switch (kind) {
    case DESIRED_DOCKER:
        return docker_runtime_new(NULL, ret_runtime, reterr);
    case DESIRED_PROCESS:
        return process_runtime_new(folder, ret_runtime, reterr);
    case DESIRED_SWARM:
        break;
    }
    return error_set(reterr, ENOTSUP, "the runtime \"swarm\" is not there yet");
}
