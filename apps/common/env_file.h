/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a file `.env`:
 *
 *   # a comment
 *   NAME=value            up to the line's end or to " #", blanks around it are dropped
 *   export NAME="value"   with \n \t \" \\ \$ inside; on one line
 *   NAME='value'          as it stands
 */
#pragma once

#include <stdbool.h>

enum env_line {
    ENV_LINE_NOTHING, /* empty or a comment */
    ENV_LINE_SET,
    ENV_LINE_BAD,
};

/*
 * Takes a line apart in place: name and value point into it afterwards. For ENV_LINE_BAD
 * `ret_problem` says what is wrong; it never quotes the value, which may be a secret.
 */
enum env_line env_file_parse(char *line, char **ret_name, char **ret_value,
                             const char **ret_problem);
