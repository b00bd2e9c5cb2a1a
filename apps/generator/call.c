/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#define POLL_MS   1000
#define CALLS_MAX 4

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct call *call = context;
    size_t added = size * count;
    char *answer;

    if (added > CALL_ANSWER_MAX - call->answer_size)
        return 0; /* ends the call */
    answer = realloc(call->answer, call->answer_size + added + 1);
    if (answer == NULL)
        return 0;
    memcpy(answer + call->answer_size, bytes, added);
    call->answer = answer;
    call->answer_size += added;
    answer[call->answer_size] = '\0';
    return added;
}

/* What to ask, and within what limits. Options that this libcurl has cannot fail but for memory. */
static CURL *make_handle(struct call *call, struct curl_slist *headers, long timeout_ms)
{
    CURL *handle = curl_easy_init();

    if (handle == NULL)
        return NULL;
    call->problem[0] = '\0';
    curl_easy_setopt(handle, CURLOPT_PRIVATE, call);
    curl_easy_setopt(handle, CURLOPT_URL, call->url);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_PROXY, ""); /* they are close by */
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L); /* nor waits for a slow name server */
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, call->problem);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    if (call->body != NULL)
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, call->body);
    return handle;
}

static void conclude(CURL *handle, CURLcode code)
{
    struct call *call;

    curl_easy_getinfo(handle, CURLINFO_PRIVATE, &call);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, NULL);
    call->is_answered = code == CURLE_OK;
    if (code == CURLE_OK)
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &call->status);
    else if (call->problem[0] == '\0' || code == CURLE_WRITE_ERROR)
        (void)snprintf(call->problem, sizeof(call->problem), "%s",
                       code == CURLE_WRITE_ERROR ? "the answer is too large"
                                                 : curl_easy_strerror(code));
}

static void perform(CURLM *multi)
{
    int running = 1;

    while (running > 0) {
        CURLMsg *message;
        int left;

        if (curl_multi_perform(multi, &running) != CURLM_OK)
            return;
        while ((message = curl_multi_info_read(multi, &left)) != NULL) {
            if (message->msg == CURLMSG_DONE)
                conclude(message->easy_handle, message->data.result);
        }
        if (running > 0 && curl_multi_poll(multi, NULL, 0, POLL_MS, NULL) != CURLM_OK)
            return;
    }
}

void call_all(struct call *const *calls, size_t count, long timeout_ms)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURLM *multi = curl_multi_init();
    CURL *handles[CALLS_MAX] = {NULL};

    assert(count <= CALLS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (multi != NULL && headers != NULL)
            handles[i] = make_handle(calls[i], headers, timeout_ms);
        if (handles[i] == NULL || curl_multi_add_handle(multi, handles[i]) != CURLM_OK)
            (void)snprintf(calls[i]->problem, sizeof(calls[i]->problem), "out of memory");
    }
    if (multi != NULL)
        perform(multi);
    for (size_t i = 0; i < count; i++) {
        if (handles[i] == NULL)
            continue;
        (void)curl_multi_remove_handle(multi, handles[i]);
        curl_easy_cleanup(handles[i]);
    }
    (void)curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
}

void call_reset(struct call *call)
{
    free(call->answer);
    call->answer = NULL;
    call->answer_size = 0;
    call->is_answered = false;
    call->status = 0;
}

json_t *call_object(const struct call *call)
{
    json_t *json;

    if (!call->is_answered || call->status != 200 || call->answer == NULL)
        return NULL;
    json = json_loadb(call->answer, call->answer_size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}
