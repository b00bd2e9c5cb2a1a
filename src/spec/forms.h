/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short forms of Compose, written out. Private to shape.c. Each function takes a value of a
 * kind that its table accepts and returns the canonical one; a text that does not fit is reported
 * and returned as it is.
 */
#pragma once

#include "spec/shape.h"

/* Before the parts are looked at: forms that turn a scalar into a container. */
struct value *forms_open(struct shape *shape, struct value *value, const struct schema *schema,
                         const struct place *place);

/* After the parts are canonical: forms that turn one container into another. */
struct value *forms_close(struct shape *shape, struct value *value, const struct schema *schema,
                          const struct place *place);

/* An item of a list that may stand for several: a range of ports. Appends to list. */
void forms_append_item(struct shape *shape, struct value *list, struct value *item,
                       const struct schema *schema, const struct place *place);
