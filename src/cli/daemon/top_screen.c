/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon/top_screen.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/time.h"
#include "os/file.h"
#include "os/os.h"

/* Another screen, no cursor, and long lines cut; and back. */
#define ENTER "\033[?1049h\033[?25l\033[?7l"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"

enum {
    COLUMNS_UNKNOWN = 80,
    ROWS_UNKNOWN = 24,
    KEY_INTERRUPT = 3,
    KEY_END = 4,
    KEY_SUSPEND = 26
};

/* What handlers of signals need has to stand outside of everything. */
static struct {
    int in;
    int out;
    bool has_keys;
    struct termios before;
    volatile sig_atomic_t is_open;
    volatile sig_atomic_t is_ended;
    volatile sig_atomic_t is_resized;
} screen;

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int fatal_signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Only what a handler may call. */
static void give_back(void)
{
    ssize_t ignored;

    if (!screen.is_open)
        return;
    screen.is_open = 0;
    ignored = write(screen.out, LEAVE, sizeof(LEAVE) - 1);
    (void)ignored;
    if (screen.has_keys)
        (void)tcsetattr(screen.in, TCSAFLUSH, &screen.before);
}

static void handle_ending(int signal_number)
{
    (void)signal_number;
    screen.is_ended = 1;
}

static void handle_resize(int signal_number)
{
    (void)signal_number;
    screen.is_resized = 1;
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

static int take_over(void)
{
    struct termios raw = screen.before;

    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    if (screen.has_keys && tcsetattr(screen.in, TCSAFLUSH, &raw) < 0)
        return -errno;
    screen.is_open = 1;
    return os_write_all(screen.out, ENTER, sizeof(ENTER) - 1);
}

int screen_open(int in, int out)
{
    static const int resize[] = {SIGWINCH};
    int r;

    screen.in = in;
    screen.out = out;
    screen.is_ended = 0;
    screen.has_keys = os_is_terminal(in) && tcgetattr(in, &screen.before) == 0;
    catch_signals(ending_signals, COUNT(ending_signals), handle_ending, 0);
    catch_signals(fatal_signals, COUNT(fatal_signals), handle_fatal,
                  (int)SA_RESETHAND | SA_NODEFER);
    catch_signals(resize, 1, handle_resize, 0);
    r = take_over();
    if (r < 0)
        screen_close();
    return r;
}

void screen_close(void)
{
    static const int resize[] = {SIGWINCH};

    give_back();
    catch_signals(ending_signals, COUNT(ending_signals), SIG_DFL, 0);
    catch_signals(fatal_signals, COUNT(fatal_signals), SIG_DFL, 0);
    catch_signals(resize, 1, SIG_DFL, 0);
}

void screen_size(size_t *ret_columns, size_t *ret_rows)
{
    struct winsize size = {0};

    if (os->window_size(screen.out, &size) < 0)
        size = (struct winsize){0};
    *ret_columns = size.ws_col > 0 ? size.ws_col : COLUMNS_UNKNOWN;
    *ret_rows = size.ws_row > 0 ? size.ws_row : ROWS_UNKNOWN;
}

/* Line by line, each cleared to its end, and what is left below: no flicker. */
void screen_draw(const struct strbuf *text)
{
    const char *line = strbuf_text(text);
    struct strbuf drawn;

    strbuf_init(&drawn, text->length * 2 + 65536);
    strbuf_append_string(&drawn, "\033[H");
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");

        strbuf_append(&drawn, line, length);
        line += length;
        /* The last line has no end, or the screen would scroll. */
        strbuf_append_string(&drawn, *line == '\n' && line[1] != '\0' ? "\033[K\r\n" : "\033[K");
        if (*line == '\n')
            line++;
    }
    strbuf_append_string(&drawn, "\033[J");
    if (strbuf_failure(&drawn) == 0 &&
        os_write_all(screen.out, strbuf_text(&drawn), drawn.length) < 0)
        screen.is_ended = 1; /* nobody looks any more */
    strbuf_deinit(&drawn);
}

/* As other programs do it: away from the screen, and on it again when it is continued. */
static void suspend(void)
{
    give_back();
    (void)raise(SIGSTOP);
    if (take_over() < 0)
        screen.is_ended = 1;
}

static enum screen_event read_key(void)
{
    char key;
    ssize_t count = os_read(screen.in, &key, 1);

    if (count <= 0 || key == 'q' || key == 'Q' || key == KEY_INTERRUPT || key == KEY_END)
        return SCREEN_QUIT;
    if (key == KEY_SUSPEND)
        suspend();
    return SCREEN_REDRAW;
}

enum screen_event screen_wait(uint64_t until_ns)
{
    for (;;) {
        struct pollfd keys = {.fd = screen.has_keys ? screen.in : -1, .events = POLLIN};
        uint64_t left_ns = time_subtract(until_ns, os_monotonic_time_ns());
        int count;

        if (screen.is_ended)
            return SCREEN_QUIT;
        if (screen.is_resized) {
            screen.is_resized = 0;
            return SCREEN_REDRAW;
        }
        if (left_ns == 0)
            return SCREEN_TIME_IS_OVER;
        count = os->poll(&keys, 1, time_to_timeout_ms(left_ns));
        if (count > 0)
            return read_key();
    }
}
