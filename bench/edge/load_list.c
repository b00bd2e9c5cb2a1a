/* SPDX-License-Identifier: Apache-2.0 */
#include "load_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

static struct load_request *requests;
static size_t request_count, next_request;

static struct load_request line_parse(const char *line, unsigned int number)
{
    struct load_request request = {0};
    char method[8], path[512];
    const char *body;
    int body_at = 0, size;

    if (sscanf(line, "%7s %511s %3s %zu %n", method, path, request.status, &request.length,
               &body_at) < 4 ||
        body_at == 0)
        die("line %u of the requests is none", number);
    body = line + body_at;
    if (*body == '\0')
        size = asprintf(&request.bytes,
                        "%s %s HTTP/1.1\r\nHost: bench.example.com\r\nUser-Agent: load/1\r\n"
                        "Accept: */*\r\n\r\n",
                        method, path);
    else
        size = asprintf(&request.bytes,
                        "%s %s HTTP/1.1\r\nHost: bench.example.com\r\nUser-Agent: load/1\r\n"
                        "Accept: */*\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n%s",
                        method, path, strlen(body), body);
    if (size < 0)
        die("out of memory");
    request.size = (size_t)size;
    return request;
}

void load_list_read(const char *path)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    if (file == NULL)
        die("%s cannot be opened", path);
    while ((length = getline(&line, &size, file)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        requests = reallocarray(requests, request_count + 1, sizeof(*requests));
        if (requests == NULL)
            die("out of memory");
        requests[request_count] = line_parse(line, (unsigned int)request_count + 1);
        request_count++;
    }
    free(line);
    (void)fclose(file);
    if (request_count == 0)
        die("%s has no request", path);
}

const struct load_request *load_list_next(void)
{
    const struct load_request *request = &requests[next_request];

    next_request = next_request + 1 < request_count ? next_request + 1 : 0;
    return request;
}
