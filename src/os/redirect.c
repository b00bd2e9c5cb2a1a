/* SPDX-License-Identifier: Apache-2.0 */
#include "os/redirect.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/os.h"

enum {
    LOG_MODE = 0600
};

int os_redirect_standard_streams(const char *log_path)
{
    _cleanup_os_close_ int input = -1;
    _cleanup_os_close_ int output = -1;

    input = os_open("/dev/null", O_RDONLY, 0);
    if (input < 0)
        return input;
    output = os_open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, LOG_MODE);
    if (output < 0)
        return output;
    if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0)
        return -errno;
    return 0;
}
