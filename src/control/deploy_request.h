/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what a deploy is asked for can be meant: a word that is misread must not take down more
 * than was said. Whoever asks is told at once, not by a deploy that fails later.
 */
#pragma once

#include <jansson.h>

struct error;

/* The kinds of the options, and that each is known; NULL is good. */
int deploy_request_check_options(const json_t *options, struct error **reterr);

/* What is shown to people later: an author, a note. NULL is good. */
int deploy_request_check_text(const char *what, const char *text, struct error **reterr);

/* That each of options.services is in one of the projects, which may be NULL. */
int deploy_request_check_services(const json_t *options, const json_t *one, const json_t *other,
                                  const char *project, struct error **reterr);
