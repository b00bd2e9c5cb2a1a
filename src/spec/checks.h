/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of single texts that the tables refer to: pure, one text in, yes or no out. */
#pragma once

#include <stdbool.h>

bool check_container_name(const char *text);
bool check_ip_address(const char *text);
bool check_cidr(const char *text); /* an address alone counts as its own network */
bool check_pull_policy(const char *text);
bool check_listen_address(const char *text);   /* ":443", "127.0.0.1:80", "[::1]:80" */
bool check_target_address(const char *text);   /* HOST:PORT, [IPV6]:PORT or unix:/PATH */
bool check_url_path(const char *text);         /* begins with '/' */
bool check_url_path_pattern(const char *text); /* or with a wildcard */
bool check_host_pattern(const char *text);     /* letters, digits, '.', '-', '*' and '?' */
bool check_http_method(const char *text);
bool check_header_name(const char *text);
bool check_status_list(const char *text);      /* "200", "200,204", "200-299" */
bool check_header_value(const char *text);     /* no control characters but the tab */
bool check_rewrite_path(const char *text);     /* begins with '/', without a query */
bool check_path_template(const char *text);    /* begins with '/'; #{...} may stand in it */
bool check_rate(const char *text);             /* "10/s", "600/m", "5000/h", "10000/d" */
bool check_loopback_address(const char *text); /* "127.0.0.1:9100", "[::1]:9100" */
