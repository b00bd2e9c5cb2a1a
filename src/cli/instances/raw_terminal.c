/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/instances/raw_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <termios.h>
#include <unistd.h>

#include "os/nonblocking.h"
#include "os/os.h"
#include "os/socket.h"

/* What handlers of signals need has to stand outside of everything. */
static struct {
    int fd;
    struct termios before;
    volatile sig_atomic_t is_raw;
    int pipe[2];
} raw = {.fd = -1, .pipe = {-1, -1}};

static const int passed_signals[] = {SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int fatal_signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Only what a handler may call. */
static void give_back(void)
{
    if (!raw.is_raw)
        return;
    raw.is_raw = 0;
    (void)tcsetattr(raw.fd, TCSADRAIN, &raw.before);
}

static void handle_passed(int signal_number)
{
    unsigned char byte = (unsigned char)signal_number;
    int error = errno;
    ssize_t ignored = write(raw.pipe[1], &byte, 1);

    (void)ignored;
    errno = error;
}

/* The handler is reset by then, so that the signal does what it would have done. */
static void handle_fatal(int signal_number)
{
    give_back();
    (void)raise(signal_number);
}

static void catch_signals(const int *signals, size_t count, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < count; i++)
        (void)sigaction(signals[i], &action, NULL);
}

int raw_terminal_open(int fd)
{
    struct termios settings;
    int r = os_pipe(raw.pipe);

    if (r < 0)
        return r;
    raw.fd = fd;
    catch_signals(passed_signals, COUNT(passed_signals), handle_passed, SA_RESTART);
    if (fd < 0)
        return 0;
    catch_signals(fatal_signals, COUNT(fatal_signals), handle_fatal,
                  (int)SA_RESETHAND | SA_NODEFER);
    if (tcgetattr(fd, &raw.before) < 0)
        return -errno;
    settings = raw.before;
    cfmakeraw(&settings);
    if (tcsetattr(fd, TCSADRAIN, &settings) < 0)
        return -errno;
    raw.is_raw = 1;
    return 0;
}

void raw_terminal_close(void)
{
    give_back();
    catch_signals(passed_signals, COUNT(passed_signals), SIG_DFL, 0);
    catch_signals(fatal_signals, COUNT(fatal_signals), SIG_DFL, 0);
    os_closep(&raw.pipe[0]);
    os_closep(&raw.pipe[1]);
    raw.pipe[0] = raw.pipe[1] = -1;
    raw.fd = -1;
}

int raw_terminal_signal_fd(void)
{
    return raw.pipe[0];
}

int raw_terminal_take_signal(void)
{
    unsigned char byte;

    return os_read(raw.pipe[0], &byte, 1) == 1 ? byte : 0;
}
