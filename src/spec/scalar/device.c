/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/scalar/device.h"

#include <string.h>

#include "spec/scalar/complaint.h"
#include "spec/scalar/span.h"

bool device_parse(struct arena *arena, const char *text, size_t length, struct device *ret_device,
                  const char **ret_message)
{
    struct span source, target, permissions, rest;
    bool has_permissions;

    (void)span_cut(span_make(text, length), ':', &source, &target);
    has_permissions = span_cut(target, ':', &target, &permissions);
    if (source.length == 0 || span_cut(permissions, ':', &permissions, &rest)) {
        *ret_message = complaint_new(arena, text, length, "device",
                                     "expected SOURCE[:TARGET[:PERMISSIONS]]; a path with colons "
                                     "needs the long syntax");
        return false;
    }
    if (target.length == 0)
        target = source;
    if (!has_permissions)
        permissions = span_make("rwm", 3);
    ret_device->source = arena_strndup(arena, source.text, source.length);
    ret_device->target = arena_strndup(arena, target.text, target.length);
    ret_device->permissions = arena_strndup(arena, permissions.text, permissions.length);
    return true;
}

static bool device_is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool device_is_alphanumeric(char byte)
{
    return device_is_letter(byte) || (byte >= '0' && byte <= '9');
}

/* Letters and digits, with punctuation only inside. */
static bool device_is_cdi_part(struct span part, const char *punctuation)
{
    if (part.length == 0 || !device_is_alphanumeric(part.text[0]) ||
        !device_is_alphanumeric(part.text[part.length - 1]))
        return false;
    for (size_t i = 0; i < part.length; i++) {
        if (!device_is_alphanumeric(part.text[i]) && strchr(punctuation, part.text[i]) == NULL)
            return false;
    }
    return true;
}

bool device_is_cdi(const struct device *device)
{
    struct span kind, name, vendor, class;

    if (strcmp(device->source, device->target) != 0)
        return false;
    if (!span_cut(span_make(device->source, strlen(device->source)), '=', &kind, &name) ||
        !span_cut(kind, '/', &vendor, &class))
        return false;
    return device_is_cdi_part(vendor, "_-.") && device_is_letter(vendor.text[0]) &&
           device_is_cdi_part(class, "_-.") && device_is_letter(class.text[0]) &&
           device_is_cdi_part(name, "_-.:");
}

const char *device_print(struct arena *arena, const struct device *device)
{
    return arena_printf(arena, "%s:%s:%s", device->source, device->target, device->permissions);
}
