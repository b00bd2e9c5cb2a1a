/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the processes say to each other over their channels (ipc/channel.h). A message is a fixed
 * structure and a fixed number of descriptors; what is larger goes as a sealed memory file.
 *
 * The supervisor is the hub: control and edge have one channel each, to it. What control says for
 * the edge passes through it, and what a new edge or control must know it sends again. A text is
 * always the last member, and the receiving channel sees to it that it ends.
 *
 * In the order in which they come:
 *
 * Supervisor to edge: START_EDGE (state, handover socket), then LISTENER, LOG and CONFIG as there
 * are; later these again and UNLISTEN, UNLOG, TARGET, PING, DRAIN, STOP.
 *
 * Edge to supervisor: READY once it has read START_EDGE and is in its sandbox; LISTENER_DONE,
 * CONFIG_TAKEN and TARGET_DONE with the sequence of what they answer; PONG; DRAINED once nothing is
 * left to do.
 *
 * Supervisor to control: DASHBOARD where one is held, START_CONTROL (state, API socket, revival), a
 * LISTENER_HELD for each listening socket there is; LISTEN_DONE, UNLISTEN_DONE, CONFIG_TAKEN,
 * TARGET_DONE and DASHBOARD_DONE with the sequence of what they answer; EDGE_ENDED, REOPEN_LOGS,
 * PING, ENDING, CLEAR, STOP.
 *
 * Control to supervisor: READY once what it keeps is applied, or found to be wrong, or there is
 * nothing, and the API answers; LISTEN, UNLISTEN, CONFIG, LOG, UNLOG, TARGET; DASHBOARD,
 * DASHBOARD_CLOSED; PONG; SHUTDOWN; CLEARED.
 *
 * Edge to a supervisor that connects to the handover socket, which is its channel from then on:
 * HANDOVER (state, handover socket), LISTENER, LOG and CONFIG as it has them, HANDED_OVER.
 *
 * An edge whose channel hangs up goes on, and accepts on the handover socket from then on; who
 * connects must have the user id of the supervisor before. One that drains closes that socket, and
 * exits once it is drained even where nobody is left to be told. A control whose channel hangs up
 * sees to a new supervisor (ipc/revival.h), but not after ENDING, which says that the end was asked
 * for: it exits.
 *
 * A CONFIG has the descriptors snapshot and certificates (ipc/bundle.h). Control sends one and
 * waits for its CONFIG_TAKEN before it sends another. An edge that drains takes CONFIG, LOG, UNLOG
 * and TARGET as before: what it still answers goes where all goes. Control hears CONFIG_TAKEN once
 * both have it. EDGE_ENDED says that what the edge has not
 * answered will not be answered: control gives up what it waits for, but for a CONFIG, to which the
 * supervisor answers itself.
 *
 * DASHBOARD has the listening socket of the dashboard, which control opens and the supervisor only
 * holds, unread, so that nobody takes its port while there is no control. It takes the place of the
 * one before, until DASHBOARD_CLOSED; both are answered once the supervisor has let go of that one.
 *
 * A type that is not known ends a channel, so new ones go only to who is of the same version: a
 * control that was started by this supervisor, as both are the same program. One that was there
 * before an upgrade is told to STOP, and nothing else.
 *
 * CLEAR comes at the end of a tree in the foreground, when the edge has ended: control stops and
 * removes all that runs, and says CLEARED.
 *
 * A PING is answered at once by the loop that serves the channel. Each thread of an edge also
 * stores the time in its lane (state_lane.turn_ns) at least once a second, or the watchdog takes it
 * for stuck.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name, payload, descriptors, whether it ends in a text */
#define MESSAGES(X)                                                                                \
    X(START_EDGE, message_start_edge, 2, false)                                                    \
    X(START_CONTROL, message_start_control, 3, true)                                               \
    X(READY, message_nothing, 0, false)                                                            \
    X(LISTEN, message_listen, 0, true)                                                             \
    X(LISTEN_DONE, message_listen_done, 0, true)                                                   \
    X(LISTENER_HELD, message_listen, 0, true)                                                      \
    X(LISTENER, message_listen, 1, true)                                                           \
    X(LISTENER_DONE, message_listen_done, 0, true)                                                 \
    X(UNLISTEN, message_id, 0, false)                                                              \
    X(CONFIG, message_config, 2, false)                                                            \
    X(CONFIG_TAKEN, message_config_taken, 0, true)                                                 \
    X(LOG, message_id, 1, false)                                                                   \
    X(UNLOG, message_id, 0, false)                                                                 \
    X(REOPEN_LOGS, message_nothing, 0, false)                                                      \
    X(TARGET, message_target, 0, false)                                                            \
    X(TARGET_DONE, message_target_done, 0, true)                                                   \
    X(EDGE_ENDED, message_nothing, 0, false)                                                       \
    X(PING, message_nothing, 0, false)                                                             \
    X(PONG, message_nothing, 0, false)                                                             \
    X(DRAIN, message_drain, 0, false)                                                              \
    X(DRAINED, message_nothing, 0, false)                                                          \
    X(SHUTDOWN, message_nothing, 0, false)                                                         \
    X(STOP, message_nothing, 0, false)                                                             \
    X(HANDOVER, message_handover, 2, false)                                                        \
    X(HANDED_OVER, message_nothing, 0, false)                                                      \
    X(ENDING, message_nothing, 0, false)                                                           \
    X(UNLISTEN_DONE, message_nothing, 0, false)                                                    \
    X(CLEAR, message_nothing, 0, false)                                                            \
    X(CLEARED, message_nothing, 0, false)                                                          \
    X(DASHBOARD, message_nothing, 1, false)                                                        \
    X(DASHBOARD_CLOSED, message_nothing, 0, false)                                                 \
    X(DASHBOARD_DONE, message_nothing, 0, false)

enum message_type {
    MESSAGE_NONE,
#define X(name, payload, fds, has_text) MESSAGE_##name,
    MESSAGES(X)
#undef X
    MESSAGE_TYPE_COUNT
};

enum {
    MESSAGE_ADDRESS_SIZE = 128,
    MESSAGE_TEXT_SIZE = 256,
    MESSAGE_PATH_SIZE = 4096,
    MESSAGE_FDS_MAX = 3,
    MESSAGE_PAYLOAD_MAX = MESSAGE_PATH_SIZE + 64,
};

struct message_nothing {
    uint64_t reserved;
};

struct message_start_edge {
    uint32_t bank;    /* of the state's lanes */
    uint32_t threads; /* how many lanes there are for it: STATE_THREADS_MAX at most */
};

struct message_start_control {
    uint64_t generation; /* of the last configuration that an edge took; 0: none yet */
    char state_directory[MESSAGE_PATH_SIZE];
};

struct message_listen {
    uint64_t id; /* 0: it is only to be said whether it could be done; nobody is let in */
    char address[MESSAGE_ADDRESS_SIZE]; /* ":80", "127.0.0.1:8080", "[::1]:80" */
};

struct message_listen_done {
    uint64_t id;
    int32_t status; /* 0 or -errno */
    uint32_t reserved;
    char text[MESSAGE_TEXT_SIZE]; /* for people; "" where there is nothing to say */
};

struct message_id {
    uint64_t id;
};

struct message_config {
    uint64_t generation; /* from 1, growing */
};

struct message_config_taken {
    uint64_t generation;
    int32_t status; /* 0 or -errno: the edge goes on with what it had */
    uint32_t reserved;
    char text[MESSAGE_TEXT_SIZE];
};

enum message_target_command {
    MESSAGE_TARGET_ENABLE,
    MESSAGE_TARGET_DRAIN,
    MESSAGE_TARGET_DISABLE,
    MESSAGE_TARGET_WEIGHT,
    MESSAGE_TARGET_COMMAND_COUNT
};

struct message_target {
    uint64_t group_id;
    uint64_t target_id;
    uint32_t command; /* enum message_target_command */
    uint32_t weight;  /* or STATE_WEIGHT_CONFIGURED */
};

struct message_target_done {
    int32_t status;
    uint32_t reserved;
    char text[MESSAGE_TEXT_SIZE];
};

struct message_drain {
    uint64_t limit_ms;      /* then what is left is cut off */
    uint32_t has_successor; /* another edge serves: nobody waits for the end of this one */
    uint32_t reserved;
};

struct message_handover {
    uint64_t pid; /* of the edge */
    uint32_t bank;
    uint32_t threads;
    uint32_t is_draining; /* for good: its listeners and configuration are of no use to others */
    uint32_t reserved;
};

struct message_format {
    const char *name;
    size_t size;
    unsigned int fd_count;
    bool has_text;
};

/* NULL for what is no type. */
const struct message_format *message_format_of(unsigned int type);

/* Cut where it does not fit; what is left over is zeroed, so that nothing else leaves with it. */
void message_set_text(char *text, size_t size, const char *value);
