/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/fingerprint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "os/os.h"
#include "store/store.h"
#include "wire/jwt.h"

#define KEY_NAME  "fingerprint key" /* in the store; tokens have another one */
#define KEY_BYTES 32

static void write_digits(const unsigned char *bytes, size_t count, char *text)
{
    for (size_t i = 0; i < count; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

int fingerprint_load_key(struct store *store, struct arena *arena, struct fingerprint_key *ret,
                         struct error **reterr)
{
    unsigned char bytes[KEY_BYTES];
    char new[2 * KEY_BYTES + 1];
    const char *kept;
    int r = os_random(bytes, sizeof(bytes));

    if (r < 0)
        return error_set(reterr, -r, "there are no random bytes: %s", error_text(-r));
    write_digits(bytes, sizeof(bytes), new);
    r = store_need_secret(store, arena, KEY_NAME, new, &kept, reterr);
    if (r < 0)
        return r;
    if (strlen(kept) != sizeof(ret->text) - 1)
        return error_set(reterr, EUCLEAN, "the key of fingerprints in the store is damaged");
    memcpy(ret->text, kept, sizeof(ret->text));
    return 0;
}

int fingerprint_text(const struct fingerprint_key *key, const char *text,
                     char ret_text[FINGERPRINT_SIZE], struct error **reterr)
{
    unsigned char signature[JWT_SIGNATURE_SIZE];
    int r = jwt_sign(key->text, strlen(key->text), text, strlen(text), signature);

    if (r < 0)
        return error_set(reterr, -r, "a fingerprint cannot be made: %s", error_text(-r));
    write_digits(signature, FINGERPRINT_SIZE / 2, ret_text);
    return 0;
}
