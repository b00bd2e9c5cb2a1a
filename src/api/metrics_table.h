/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metrics that are read from counters: one family a line. See the guide for what they mean.
 *
 *     kind, suffix of the name, counter or gauge, member of struct state_counters, help
 *
 * The name is slipway_KIND_SUFFIX.
 */
#pragma once

#define METRICS_OF_COUNTERS(X)                                                                     \
    X(LISTENER, "requests_total", COUNTER, requests, "Requests that ended, answered or not")       \
    X(LISTENER, "connections_total", COUNTER, connections, "Connections accepted")                 \
    X(LISTENER, "open_connections", GAUGE, open_connections, "Connections open now")               \
    X(LISTENER, "rejected_total", COUNTER, rejected,                                               \
      "Connections and requests refused because of a limit")                                       \
    X(LISTENER, "tls_errors_total", COUNTER, connection_errors, "TLS handshakes that failed")      \
    X(LISTENER, "active_requests", GAUGE, active, "Requests, or streams, in flight")               \
    X(LISTENER, "timeouts_total", COUNTER, timeouts, "Time-outs of clients")                       \
    X(LISTENER, "resets_total", COUNTER, resets, "Connections that ended in mid-exchange")         \
    X(LISTENER, "received_bytes_total", COUNTER, received_bytes, "Bytes received from clients")    \
    X(LISTENER, "sent_bytes_total", COUNTER, sent_bytes, "Bytes sent to clients")                  \
    X(GROUP, "requests_total", COUNTER, requests, "Requests sent to the group")                    \
    X(GROUP, "target_connection_errors_total", COUNTER, connection_errors,                         \
      "Connections to targets that could not be made")                                             \
    X(GROUP, "retries_total", COUNTER, retries, "Requests tried once more")                        \
    X(GROUP, "rejected_total", COUNTER, rejected, "Requests refused because of a limit")           \
    X(GROUP, "timeouts_total", COUNTER, timeouts, "Requests that a target answered too late")      \
    X(GROUP, "resets_total", COUNTER, resets, "Exchanges that a target broke off")                 \
    X(GROUP, "ejections_total", COUNTER, ejections, "Targets taken out for their errors")          \
    X(GROUP, "active_requests", GAUGE, active, "Requests, or streams, in flight")                  \
    X(GROUP, "pending_requests", GAUGE, pending, "Requests that wait for a connection")            \
    X(TARGET, "requests_total", COUNTER, requests, "Requests sent to the target")                  \
    X(TARGET, "connections_total", COUNTER, connections, "Connections made to the target")         \
    X(TARGET, "connection_errors_total", COUNTER, connection_errors,                               \
      "Connections to the target that could not be made")                                          \
    X(TARGET, "reused_total", COUNTER, reused, "Requests on a connection that was kept")           \
    X(TARGET, "timeouts_total", COUNTER, timeouts, "Requests that the target answered too late")   \
    X(TARGET, "resets_total", COUNTER, resets, "Exchanges that the target broke off")              \
    X(TARGET, "ejections_total", COUNTER, ejections, "How often it was taken out for its errors")  \
    X(TARGET, "received_bytes_total", COUNTER, received_bytes, "Bytes received from the target")   \
    X(TARGET, "sent_bytes_total", COUNTER, sent_bytes, "Bytes sent to the target")                 \
    X(TARGET, "open_connections", GAUGE, open_connections, "Connections open now")                 \
    X(TARGET, "idle_connections", GAUGE, idle_connections,                                         \
      "Connections kept open for the next request")                                                \
    X(TARGET, "active_requests", GAUGE, active, "Requests, or streams, in flight")

/* Answers by the first digit of the status, with the label "class": 1xx to 5xx, and "none". */
#define METRICS_OF_CLASSES(X)                                                                      \
    X(LISTENER, "responses_total", responses, "Answers to clients, by class of status")            \
    X(GROUP, "responses_total", responses, "Answers to clients, by class of status")               \
    X(GROUP, "target_responses_total", target_responses, "Answers of targets, by class of status") \
    X(TARGET, "responses_total", target_responses, "Answers of the target, by class of status")

#define METRICS_OF_HISTOGRAMS(X)                                                                   \
    X(LISTENER, "request_duration_seconds", "Time from a request to the end of its answer")        \
    X(GROUP, "response_seconds", "Time that targets took to answer")                               \
    X(TARGET, "response_seconds", "Time that the target took to answer")
