/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/scalar/mount.h"

#include <string.h>

#include "spec/scalar/complaint.h"
#include "spec/scalar/span.h"

/* Up to this length a text is a target and nothing else, even "a:". */
#define MOUNT_BARE_TARGET_BYTES_MAX 2

#define MOUNT_SECTIONS_MAX 3

static bool mount_is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* The length of the section at the start: up to a colon that is neither that of a drive letter nor
 * inside a variable that was left as it is. */
static bool mount_section_length(struct span span, size_t *ret_length)
{
    size_t depth = 0;
    size_t i;

    for (i = 0; i < span.length; i++) {
        char byte = span.text[i];

        if (byte == '$' && i + 1 < span.length && span.text[i + 1] == '{')
            depth++;
        else if (byte == '}' && depth > 0)
            depth--;
        else if (byte == ':' && depth == 0 && !(i == 1 && mount_is_letter(span.text[0])))
            break;
    }
    *ret_length = i;
    return depth == 0;
}

/* Returns how many sections there are, or 0 with what is wrong in *ret_reason. */
static size_t mount_cut(struct span span, struct span sections[MOUNT_SECTIONS_MAX],
                        const char **ret_reason)
{
    for (size_t count = 0; count < MOUNT_SECTIONS_MAX; count++) {
        size_t length;

        if (!mount_section_length(span, &length)) {
            *ret_reason = "${ is not closed";
            return 0;
        }
        if (length == 0) {
            *ret_reason = "a section between colons is empty";
            return 0;
        }
        sections[count] = span_make(span.text, length);
        if (length == span.length)
            return count + 1;
        span = span_from(span, length + 1);
    }
    *ret_reason = "too many colons, expected [SOURCE:]TARGET[:OPTION[,OPTION...]]";
    return 0;
}

static bool mount_is_path(struct span source)
{
    if (source.length == 0)
        return false;
    if (source.text[0] == '.' || source.text[0] == '/' || source.text[0] == '~')
        return true;
    if (source.length < 2)
        return false;
    return (source.text[0] == '\\' && source.text[1] == '\\') ||
           (mount_is_letter(source.text[0]) && source.text[1] == ':');
}

/* Removes the last component from out, which holds length bytes, but no "..", which has nothing to
 * take back. Returns the new length. */
static size_t mount_drop_component(const char *out, size_t length, size_t kept)
{
    while (length > kept && out[length - 1] != '/')
        length--;
    if (length > kept)
        length--; /* the slash */
    return length;
}

/* Takes out empty components, "." and, with what stands before it, "..". */
static const char *mount_clean_target(struct arena *arena, struct span target)
{
    char *out = arena_alloc(arena, target.length + 2);
    bool rooted = target.length > 0 && target.text[0] == '/';
    size_t root = rooted ? 1 : 0;
    size_t kept = root; /* what .. cannot take back: the root, or a leading row of .. */
    size_t length = root;
    struct span component, rest = target;

    if (rooted)
        out[0] = '/';
    while (rest.length > 0) {
        (void)span_cut(rest, '/', &component, &rest);
        if (component.length == 0 || span_is(component, "."))
            continue;
        if (span_is(component, "..") && (length > kept || rooted)) {
            length = mount_drop_component(out, length, kept);
            continue;
        }
        if (length > root)
            out[length++] = '/';
        memcpy(out + length, component.text, component.length);
        length += component.length;
        if (span_is(component, ".."))
            kept = length;
    }
    if (length == 0)
        out[length++] = '.';
    out[length] = '\0';
    return out;
}

static void mount_apply_option(struct arena *arena, struct span option, struct mount *mount)
{
    static const char *const propagations[] = {"rprivate", "private", "rshared",
                                               "shared",   "rslave",  "slave"};
    /* What Docker Desktop once took; without effect and without harm. */
    static const char *const consistencies[] = {"consistent", "cached", "delegated"};

    for (size_t i = 0; i < sizeof(propagations) / sizeof(propagations[0]); i++) {
        if (span_is(option, propagations[i])) {
            mount->has_bind = true;
            mount->propagation = propagations[i];
            return;
        }
    }
    for (size_t i = 0; i < sizeof(consistencies) / sizeof(consistencies[0]); i++) {
        if (span_is(option, consistencies[i]))
            return;
    }
    if (span_is(option, "ro")) {
        mount->read_only = true;
    } else if (span_is(option, "rw")) {
        mount->read_only = false;
    } else if (span_is(option, "nocopy")) {
        mount->has_volume = true;
        mount->nocopy = true;
    } else if (span_is(option, "z") || span_is(option, "Z")) {
        mount->has_bind = true;
        mount->selinux = option.text[0] == 'z' ? "z" : "Z";
    } else if (mount->unknown_option == NULL) {
        mount->unknown_option = arena_strndup(arena, option.text, option.length);
    }
}

static void mount_apply_options(struct arena *arena, struct span options, struct mount *mount)
{
    struct span option;
    bool more = true;

    while (more) {
        more = span_cut(options, ',', &option, &options);
        mount_apply_option(arena, option, mount);
    }
}

bool mount_parse(struct arena *arena, const char *text, size_t length, struct mount *ret_mount,
                 const char **ret_message)
{
    struct mount mount = {.type = "volume"};
    struct span sections[MOUNT_SECTIONS_MAX] = {{.text = text, .length = length}};
    const char *reason = "expected [SOURCE:]TARGET[:OPTION[,OPTION...]]";
    bool is_bare = length <= MOUNT_BARE_TARGET_BYTES_MAX;
    size_t count = 0;

    if (length > 0)
        count = is_bare ? 1 : mount_cut(span_make(text, length), sections, &reason);
    if (count == 0) {
        *ret_message = complaint_new(arena, text, length, "mount", reason);
        return false;
    }
    mount.target = mount_clean_target(arena, sections[count == 1 ? 0 : 1]);
    if (count > 1)
        mount.source = arena_strndup(arena, sections[0].text, sections[0].length);
    if (count > 2)
        mount_apply_options(arena, sections[2], &mount);
    if (count > 1 && mount_is_path(sections[0])) {
        mount.type = "bind";
        mount.has_bind = true;
        mount.create_host_path = true;
    } else if (!is_bare) {
        mount.has_volume = true;
    }
    *ret_mount = mount;
    return true;
}

/* "/." behind the target has no meaning of its own. It keeps a target of one letter from being
 * taken for a drive, and a short one alone from being taken for a bare target. */
static const char *mount_target_padding(const struct mount *mount)
{
    size_t length = strlen(mount->target);

    if (mount->source != NULL)
        return length == 1 ? "/." : "";
    return mount->has_volume && length <= MOUNT_BARE_TARGET_BYTES_MAX ? "/." : "";
}

const char *mount_print(struct arena *arena, const struct mount *mount)
{
    const char *padding = mount_target_padding(mount);

    if (mount->source == NULL)
        return arena_printf(arena, "%s%s", mount->target, padding);
    return arena_printf(
        arena, "%s:%s%s:%s%s%s%s%s%s", mount->source, mount->target, padding,
        mount->read_only ? "ro" : "rw", mount->selinux != NULL ? "," : "",
        mount->selinux != NULL ? mount->selinux : "", mount->propagation != NULL ? "," : "",
        mount->propagation != NULL ? mount->propagation : "", mount->nocopy ? ",nocopy" : "");
}
