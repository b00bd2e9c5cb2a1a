/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ctrl-C as a wish instead of an end. A wait that goes through poll() ends with -EINTR when one
 * comes; one that comes just before it is noticed at the next wait, so wait in steps.
 */
#pragma once

#include <stdbool.h>

void interrupt_catch(void);
bool interrupt_has_come(void);

/* As it was. */
void interrupt_release(void);
