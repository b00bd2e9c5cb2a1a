/* SPDX-License-Identifier: Apache-2.0 */
/* x-slipway: rules, with their conditions and what they do. */
#include "spec/schema_slipway.h"

#include "spec/checks.h"

const struct schema slipway_later = {
    .accepts = ACCEPT_ANY,
    .names = NAMES_ANY,
    .values = &schema_anything,
    .extensible = true,
    .expected = "not supported yet",
};
static const struct schema rewrite_prefix = {
    .accepts = ACCEPT_STRING,
    .check = check_rewrite_path,
    .expected = "a path beginning with /, without a query",
};
static const struct schema rewrite_path = {
    .accepts = ACCEPT_STRING,
    .check = check_path_template,
    .expected = "a path beginning with /, in which #{path} and others may stand",
};

/* Conditions */

static const struct schema host_pattern = {
    .accepts = ACCEPT_STRING,
    .check = check_host_pattern,
    .expected = "a host name, in which * stands for any text and ? for one character, or [IPV6]",
};
static const struct schema hosts = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &host_pattern,
    .expected = "a host name or a list of them",
};
static const struct schema path_pattern = {
    .accepts = ACCEPT_STRING,
    .check = check_url_path_pattern,
    .expected =
        "a path beginning with / or *, in which * stands for any text and ? for one character",
};
static const struct schema paths = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &path_pattern,
    .expected = "a path or a list of them",
};
static const struct schema method = {
    .accepts = ACCEPT_STRING,
    .check = check_http_method,
    .expected = "a method such as GET, in capitals",
};
static const struct schema methods = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &method,
    .expected = "a method or a list of them",
};
static const struct schema patterns = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &type_string,
    .expected = "a pattern or a list of them",
};
static const struct schema named_patterns = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &patterns,
    .expected = "a map of names to patterns",
};
static const struct schema network = {
    .accepts = ACCEPT_STRING,
    .check = check_cidr,
    .expected = "a network such as 10.0.0.0/8, or an address",
};
const struct schema slipway_networks = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &network,
    .expected = "a network or a list of them",
};
static const struct schema_key when_keys[] = {
    NOTE("host", hosts,
         "Host names, without regard to case. *.example.com does not match example.com."),
    NOTE("path", paths, "Paths, without the query, case-sensitive."),
    NOTE("method", methods, "Request methods, compared exactly."),
    MATCHED("header", named_patterns,
            "Header names to patterns of their value; both without regard to case."),
    MATCHED("query", named_patterns,
            "Query parameters to patterns of their value, without regard to case."),
    NOTE("source", slipway_networks,
         "Networks of the connection's peer; never of X-Forwarded-For."),
    END_OF_KEYS,
};
static const struct schema when = {.accepts = ACCEPT_MAP, .keys = when_keys};

/* Actions */

const struct schema slipway_weight = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_INTEGER,
    .bounded = true,
    .minimum = 0,
    .maximum = 999,
    .expected = "a weight from 0 to 999",
    .default_text = "1",
};
static const struct schema weights = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &slipway_weight,
    .expected = "a map of target groups to weights",
};
static const struct schema redirect_status = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_INTEGER,
    .bounded = true,
    .minimum = 301,
    .maximum = 308,
    .expected = "301, 302, 303, 307 or 308",
    .default_text = "302",
};
static const struct schema redirect_location = {
    .accepts = ACCEPT_STRING,
    .check = check_header_value,
    .expected = "a location without control characters",
};
static const struct schema_key redirect_keys[] = {
    NEED("location", redirect_location,
         "Where to: #{protocol}, #{host}, #{port}, #{path} and #{query} stand for what was asked "
         "for."),
    NOTE("status", redirect_status, "The status of the answer."),
    END_OF_KEYS,
};
static const struct schema redirect = {.accepts = ACCEPT_MAP, .keys = redirect_keys};

static const struct schema respond_status = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_INTEGER,
    .bounded = true,
    .minimum = 200,
    .maximum = 599,
    .expected = "a status from 200 to 599",
    .default_text = "200",
};
static const struct schema content_type = {
    .accepts = ACCEPT_STRING,
    .check = check_header_value,
    .expected = "a media type such as text/html",
};
static const struct schema_key respond_keys[] = {
    NOTE("status", respond_status, "The status of the answer."),
    NOTE("body", type_string, "The body of the answer."),
    NOTE("content_type", content_type, "Its Content-Type; text/plain when not given."),
    END_OF_KEYS,
};
static const struct schema respond = {.accepts = ACCEPT_MAP, .keys = respond_keys};

DURATION(sticky_ttl, 1 * SECOND_NS, 7 * DAY_NS, "1s to 7 days (168h)", "24h");
static const struct schema sticky_cookie = {
    .accepts = ACCEPT_STRING,
    .check = check_header_name,
    .expected = "the name of a cookie",
    .default_text = "SLIPWAY-GROUP",
};
static const struct schema_key sticky_keys[] = {
    NOTE("cookie", sticky_cookie, "The cookie that the edge sets."),
    NOTE("ttl", sticky_ttl, "For how long."),
    END_OF_KEYS,
};
static const struct schema stickiness = {.accepts = ACCEPT_MAP, .keys = sticky_keys};

static const struct schema_key default_keys[] = {
    NOTE("forward", type_string, "A target group or a service."),
    NOTE("weights", weights, "Several target groups with their shares, up to 5."),
    NOTE("redirect", redirect, "An answer that sends the client elsewhere."),
    NOTE("respond", respond, "An answer of the edge's own."),
    NOTE("stickiness", stickiness,
         "With weights: a client that was sent to one of the groups goes there again."),
    END_OF_KEYS,
};
const struct schema slipway_default_action = {.accepts = ACCEPT_MAP, .keys = default_keys};

/* What is changed on the way, and how much may pass */

static const struct schema header_value = {
    .accepts = ACCEPT_STRING | ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_BOOL,
    .scalar = SCALAR_TEXT,
    .check = check_header_value,
    .expected = "a text without control characters",
};
static const struct schema header_values = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &header_value,
    .expected = "a map of header names to values",
};
static const struct schema header_name = {
    .accepts = ACCEPT_STRING,
    .check = check_header_name,
    .expected = "the name of a header",
};
static const struct schema header_names = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &header_name,
    .unique = true,
    .expected = "the name of a header or a list of them",
};
static const struct schema_key headers_keys[] = {
    NOTE("set", header_values, "Headers to set: these replace all fields of their names."),
    NOTE("add", header_values, "Headers to add to what is there."),
    NOTE("remove", header_names, "Headers to remove. This happens first, then set, then add."),
    END_OF_KEYS,
};
static const struct schema headers = {.accepts = ACCEPT_MAP, .keys = headers_keys};

static const struct schema_key rewrite_keys[] = {
    NOTE("prefix", rewrite_prefix,
         "A path that begins with this gets the replacement in its place."),
    NOTE("replacement", rewrite_prefix, "What stands there instead of the prefix."),
    NOTE("path", rewrite_path,
         "Instead of prefix and replacement: a whole new path, in which #{host}, #{path} and the "
         "others stand for what was asked for. The query stays as it is."),
    LATER("host", "A new Host for the target."),
    LATER("regex", "Rewriting by a regular expression."),
    END_OF_KEYS,
};
static const struct schema rewrite = {.accepts = ACCEPT_MAP, .keys = rewrite_keys};

static const char *const limit_by_choices[] = {"source", "rule", "header", "cookie", NULL};
CHOICE(limit_by, limit_by_choices, "source");
static const struct schema limit_name = {
    .accepts = ACCEPT_STRING,
    .check = check_header_name,
    .expected = "the name of a header or cookie",
};
static const struct schema limit_rate = {
    .accepts = ACCEPT_STRING,
    .check = check_rate,
    .expected = "a rate such as 10/s, 600/m, 5000/h or 10000/d",
};
COUNT(limit_burst, 1, 1000000, "a count from 1 to 1000000", NULL);
COUNT(limit_concurrent, 1, 1000000, "a count from 1 to 1000000", NULL);
static const struct schema_key limit_keys[] = {
    NOTE("by", limit_by,
         "What is counted apart: each client address (of IPv6, each /64), each value of a header "
         "or cookie, or nothing: all requests of the rule together."),
    NOTE("name", limit_name, "Of the header or cookie."),
    NOTE("rate", limit_rate, "Requests in a second, minute, hour or day; more get 429."),
    NOTE("burst", limit_burst,
         "How many may come at once; as many as the rate names when not given."),
    NOTE("concurrent", limit_concurrent, "Requests in flight at once; more get 429."),
    END_OF_KEYS,
};
static const struct schema limit = {.accepts = ACCEPT_MAP, .keys = limit_keys};
const struct schema slipway_limits = {
    .accepts = ACCEPT_LIST,
    .merge = MERGE_REPLACE,
    .items = &limit,
};

static const struct schema_key rule_keys[] = {
    NOTE("name", type_string, "Names the rule in logs and metrics, and in files that override it."),
    NOTE("when", when,
         "All conditions must hold; of several values in one, any. Without it, always."),
    NOTE("forward", type_string, "A target group or a service."),
    NOTE("weights", weights, "Several target groups with their shares, up to 5."),
    NOTE("redirect", redirect, "An answer that sends the client elsewhere."),
    NOTE("respond", respond, "An answer of the edge's own."),
    NOTE("stickiness", stickiness,
         "With weights: a client that was sent to one of the groups goes there again."),
    NOTE("request_headers", headers, "Changes to the request on its way to the target."),
    NOTE("response_headers", headers, "Changes to the answer on its way to the client."),
    NOTE("rewrite", rewrite, "Changes the path on its way to the target."),
    NOTE("limits", slipway_limits, "How many requests the rule lets pass; all must agree."),
    LATER("authenticate", "Signing in by OpenID Connect."),
    LATER("token", "Checking a JSON web token."),
    LATER("cache", "Keeping answers."),
    LATER("compression", "Compressing answers."),
    END_OF_KEYS,
};
static const struct schema rule = {.accepts = ACCEPT_MAP, .keys = rule_keys};
const struct schema slipway_rules = {
    .accepts = ACCEPT_LIST,
    .items = &rule,
    .identity = IDENTITY_NAME,
};
