/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of single texts that the tables refer to: pure, one text in, yes or no out. */
#pragma once

#include <stdbool.h>

bool check_container_name(const char *text);
bool check_ip_address(const char *text);
bool check_cidr(const char *text); /* an address alone counts as its own network */
bool check_pull_policy(const char *text);
bool check_listen_address(const char *text); /* ":443", "127.0.0.1:80", "[::1]:80" */
bool check_target_address(const char *text); /* HOST:PORT, [IPV6]:PORT or unix:/PATH */
bool check_url_path(const char *text);       /* begins with '/' */
bool check_host_pattern(const char *text);   /* letters, digits, '.', '-', '*' and '?' */
bool check_http_method(const char *text);
bool check_header_name(const char *text);
bool check_status_list(const char *text); /* "200", "200,204", "200-299" */
