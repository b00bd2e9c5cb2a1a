/* SPDX-License-Identifier: Apache-2.0 */
#include "api/masked.h"

#include "base/arena.h"
#include "deploy/json.h"
#include "spec/mask.h"

int masked_spec(struct arena *arena, enum access_role role, const char *text, const char **ret_text,
                struct error **reterr)
{
    struct value *root;
    int r = json_read(arena, text, false, &root, reterr);

    if (r < 0)
        return r;
    mask_tree(arena, root);
    if (role < ACCESS_OPERATOR)
        mask_matched(root);
    *ret_text = json_write(arena, root);
    return 0;
}
