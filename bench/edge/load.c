/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: load http|idle|stream|websocket --address A [OPTION]...
 *
 *   http        requests, each answer checked for its status and length. Without --rate a closed
 *               loop: each connection asks again when it was answered. With --rate an open one:
 *               requests are due at that rate whatever happens, wait for a connection that is free,
 *               and their time counts from when they were due
 *   idle        one request on each connection, then all held open until standard input ends
 *   stream      bytes, one way: --path down or --path up
 *   websocket   connections that send a message each --each milliseconds and want it back
 *
 *   --address A       127.0.0.1:PORT or unix:PATH      --connections N
 *   --path P          what is asked for                --length N   of the body that is expected
 *   --seconds S       how long                         --rate R     arrivals a second
 *   --close           one request a connection         --spread N   among N rules of the benchmark
 *   --tls             with TLS                         --resume     with tickets
 *   --requests FILE   one a line, see load_list.h, instead of a path
 *   --until-end       until standard input ends; --seconds is then the longest it takes
 */
#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

const struct load_options *load_options;
int load_poll_fd;
char load_scratch[LOAD_SCRATCH_SIZE];

static const struct {
    const char *name;
    void (*run)(void);
} kinds[] = {
    {"http", load_http_run},
    {"idle", load_idle_run},
    {"stream", load_stream_run},
    {"websocket", load_websocket_run},
};

static const struct option long_options[] = {
    {"address", required_argument, NULL, 'a'},
    {"path", required_argument, NULL, 'p'},
    {"length", required_argument, NULL, 'l'},
    {"connections", required_argument, NULL, 'c'},
    {"seconds", required_argument, NULL, 's'},
    {"rate", required_argument, NULL, 'r'},
    {"spread", required_argument, NULL, 'n'},
    {"each", required_argument, NULL, 'e'},
    {"requests", required_argument, NULL, 'q'},
    {"close", no_argument, NULL, 'C'},
    {"tls", no_argument, NULL, 'T'},
    {"resume", no_argument, NULL, 'R'},
    {"until-end", no_argument, NULL, 'U'},
    {NULL, 0, NULL, 0},
};

void load_watch_input(void)
{
    poll_add_readable(load_poll_fd, STDIN_FILENO, NULL);
}

bool load_input_has_ended(void)
{
    char ignored[256];
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&input, 1, 0) == 1 && read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0;
}

int load_wait(struct epoll_event *events, uint64_t until_ns)
{
    uint64_t now = now_ns();
    uint64_t wait_ns = until_ns > now ? until_ns - now : 0;
    struct timespec timeout = {
        .tv_sec = (time_t)(wait_ns / SECOND_NS),
        .tv_nsec = (long)(wait_ns % SECOND_NS),
    };
    int count = epoll_pwait2(load_poll_fd, events, LOAD_EVENT_COUNT, &timeout, NULL);

    if (count < 0 && errno != EINTR)
        die("epoll_pwait2: %s", strerrordesc_np(errno));
    return count < 0 ? 0 : count;
}

static double decimal_parse(const char *what, const char *text, double most)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value > 0 && value <= most))
        die("%s: \"%s\" is no number up to %.0f", what, text, most);
    return value;
}

static void read_options(struct load_options *options, int count, char **arguments)
{
    int option;

    while ((option = getopt_long(count, arguments, "", long_options, NULL)) != -1) {
        switch (option) {
        case 'a':
            options->address = address_parse(optarg);
            break;
        case 'p':
            options->path = optarg;
            break;
        case 'l':
            options->length = number_parse("--length", optarg, 0, 1u << 30);
            break;
        case 'c':
            options->connections = (unsigned int)number_parse("--connections", optarg, 1, 19000);
            break;
        case 's':
            options->seconds = decimal_parse("--seconds", optarg, 3600);
            break;
        case 'r':
            options->rate = decimal_parse("--rate", optarg, 1e7);
            break;
        case 'n':
            options->spread = (unsigned int)number_parse("--spread", optarg, 1, 100000);
            break;
        case 'e':
            options->each_ms = (unsigned int)number_parse("--each", optarg, 1, 60000);
            break;
        case 'q':
            options->requests = optarg;
            break;
        case 'C':
            options->closes = true;
            break;
        case 'T':
            options->has_tls = true;
            break;
        case 'R':
            options->resumes = true;
            break;
        case 'U':
            options->until_end = true;
            break;
        default:
            exit(2);
        }
    }
}

int main(int count, char **arguments)
{
    static struct load_options options = {
        .path = "/tiny", .length = 2, .connections = 64, .seconds = 1, .each_ms = 200};

    if (count < 2)
        die("usage: load http|idle|stream|websocket --address A [OPTION]...");
    options.kind = arguments[1];
    read_options(&options, count - 1, arguments + 1);
    if (options.address.size == 0)
        die("--address is missing");
    load_options = &options;
    program_init();
    load_poll_fd = epoll_create1(EPOLL_CLOEXEC);
    transport_prepare();
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, options.kind) == 0) {
            kinds[i].run();
            return EXIT_SUCCESS;
        }
    }
    die("there is no load \"%s\"", options.kind);
}
