/* SPDX-License-Identifier: Apache-2.0 */
#include "api/files.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "http/server.h"

/* See files.S. */
extern const char dashboard_index_html[], dashboard_index_html_end[];
extern const char dashboard_app_js[], dashboard_app_js_end[];
extern const char dashboard_app_css[], dashboard_app_css_end[];
extern const char dashboard_icon_svg[], dashboard_icon_svg_end[];

struct file {
    const char *path, *type;
    const char *data, *end;
};

static const struct file files[] = {
    {"/", "text/html; charset=utf-8", dashboard_index_html, dashboard_index_html_end},
    {"/app.js", "text/javascript; charset=utf-8", dashboard_app_js, dashboard_app_js_end},
    {"/app.css", "text/css; charset=utf-8", dashboard_app_css, dashboard_app_css_end},
    {"/icon.svg", "image/svg+xml", dashboard_icon_svg, dashboard_icon_svg_end},
};

const struct file *files_find(const char *path)
{
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
    }
    return NULL;
}

/* One of a list, "W/" or not; "*" means any. Tags that we give have no comma in them. */
static bool is_among(const char *list, const char *tag)
{
    const char *found = strstr(list, tag);

    return found != NULL || strcmp(list, "*") == 0;
}

bool files_answer(struct http_request *request)
{
    const struct file *file = files_find(request->path);
    const char *known = http_request_field(request, "if-none-match");
    char tag[48];
    size_t size;

    if (file == NULL || (request->method != HTTP1_GET && request->method != HTTP1_HEAD))
        return false;
    size = (size_t)(file->end - file->data);
    (void)snprintf(tag, sizeof(tag), "\"%s\"", content_hash_bytes(file->data, size).text);
    http_add_field(request, "ETag", tag);
    http_add_field(request, "Cache-Control", "no-cache");
    if (known != NULL && is_among(known, tag)) {
        http_respond(request, 304, NULL, "", 0);
        return true;
    }
    http_add_field(request, "Content-Encoding", "gzip");
    http_respond(request, 200, file->type, file->data, size);
    return true;
}
