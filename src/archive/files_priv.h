/* SPDX-License-Identifier: Apache-2.0 */
/* Private to this folder. */
#pragma once

#include "archive/archive.h"

/* -EINVAL for a path that leads out of the archive. */
int files_check(const struct archive_file *file, struct error **reterr);
void files_write(const struct archive_file *file, struct strbuf *out);
