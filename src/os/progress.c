/* SPDX-License-Identifier: Apache-2.0 */
#include "os/progress.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>

#include "os/os.h"

int os_acknowledged_bytes(int fd, uint64_t *ret_bytes)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    if (os->getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
        return -errno;
    if (size < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof(info.tcpi_bytes_acked))
        return -EOPNOTSUPP;
    *ret_bytes = info.tcpi_bytes_acked;
    return 0;
}
