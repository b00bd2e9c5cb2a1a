/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/deploy/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t has_come;
static struct sigaction before;

static void handle(int signal_number)
{
    (void)signal_number;
    has_come = 1;
}

void interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = handle};

    has_come = 0;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, &before);
}

bool interrupt_has_come(void)
{
    return has_come != 0;
}

void interrupt_release(void)
{
    (void)sigaction(SIGINT, &before, NULL);
}
