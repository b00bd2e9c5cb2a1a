/* SPDX-License-Identifier: Apache-2.0 */
/* All that came of the instance: whoever loses its parent becomes a child of the shim's
 * (PR_SET_CHILD_SUBREAPER), so that killing the children until there are none gets everybody. */
#pragma once

struct orders;

/* Whoever is a child now. */
void family_kill(const struct orders *orders);
