# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts of the project share. They source it after "set -eu"; it leaves them in the root
# of the tree.

# So that messages, sorting and file names are the same everywhere.
export LC_ALL=C.UTF-8

# Debian's own: another may come first in PATH, without the modules that script/setup installs.
# shellcheck disable=SC2034
python=/usr/bin/python3

script=$(realpath "$0")
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
cd "$root" || exit

# Prints the comment at the top of the calling script, which is its help.
show_help() {
    sed -n '2,/^$/{/^# SPDX/d; s/^# \{0,1\}//; p}' "$script"
}

fail() {
    printf '%s: %s\n' "${script#"$root/"}" "$1" >&2
    exit 1
}

wrong_usage() {
    printf '%s: %s (try --help)\n' "${script#"$root/"}" "$1" >&2
    exit 2
}
