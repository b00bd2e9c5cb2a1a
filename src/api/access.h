/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may ask for what. By control's socket, who may connect may do everything. By the dashboard's
 * port, everything but its files needs a token, and no page from elsewhere may ask: not by a name
 * that was made to lead here (Host), and not in the name of who looks at it (Origin).
 */
#pragma once

#include "control/access.h"

struct control;
struct http_request;
struct work;

/* Attaches a struct access. False where the request was answered. */
bool access_admit(struct control *control, struct http_request *request);

/* Answers 403 where the role is too low. */
bool access_suffices(struct http_request *request, enum access_role needed);

/* The same for a handler's thread: 0, or -EACCES where it was answered. */
int work_need(struct work *work, enum access_role needed);
