/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target of response heads. The first byte says what is answered: 'H' for HEAD, anything else
 * for GET. The answer does not depend on pieces and scan levels, and what is accepted keeps its
 * promises.
 */
#include <stdint.h>
#include <string.h>

#include "../http1_request/http1_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_response(const struct http1_head *head)
{
    bool has_none = head->method == HTTP1_HEAD || head->status < 200 || head->status == 204 ||
                    head->status == 304;

    http1_require(head->status >= 100 && head->status <= 999, "a status has three digits");
    http1_require((head->body == HTTP1_BODY_NONE) == has_none, "a body is there when it may be");
    http1_require(head->body != HTTP1_BODY_UNTIL_CLOSE || !head->keep_alive,
                  "a body until close closes");
    http1_require(!head->expect_continue && !head->expect_other, "a response expects nothing");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http1_parser fresh, parser;
    const char *text = (const char *)data + 1;

    if (size == 0)
        return 0;
    memset(&fresh, 0, sizeof(fresh));
    http1_response_init(&fresh, data[0] == 'H' ? HTTP1_HEAD : HTTP1_GET);
    if (http1_check_pieces(&fresh, text, size - 1, &parser) == HTTP1_DONE) {
        http1_check_head(&parser.head, text, size - 1);
        check_response(&parser.head);
    }
    return 0;
}
