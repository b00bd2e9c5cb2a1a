/* SPDX-License-Identifier: Apache-2.0 */
/* The line of the access log that an exchange leaves behind. */
#pragma once

struct exchange;

/* Does nothing where its listener has no log. */
void exchange_log(struct exchange *exchange);
