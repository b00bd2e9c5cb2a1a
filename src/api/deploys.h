/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/* "running" */
const char *deploys_state_name(enum store_deploy_state state);
