/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/time.h"
#include "deploy/edge_document.h"
#include "deploy/json.h"

static struct arena arena;
static const char *json;
static struct observed observed;
static struct observed_instance instances[8];
static struct rotation_entry entries[8];
static struct rotation rotation;
static struct edge_document_input input;

struct call {
    const char *text;
    uint32_t revision;
    struct desired *desired;
};

static char *quoted(const char *text)
{
    char *copy = arena_strdup(&arena, text);

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    return copy;
}

static void make_desired(void *context)
{
    static const struct desired_resolution resolution = {.service = "native",
                                                         .loopback_address = "127.1.2.3"};
    struct call *call = context;
    struct value *root;

    assert_int_equal(json_read(&arena, quoted(call->text), true, &root, NULL), 0);
    call->desired = arena_new(&arena, struct desired);
    assert_int_equal(
        desired_make(&arena, root, "shop", call->revision, &resolution, 1, call->desired, NULL), 0);
}

static const struct desired *desire(uint32_t revision, const char *text)
{
    struct call call = {text, revision, NULL};

    assert_int_equal(arena_protect(&arena, make_desired, &call), 0);
    return call.desired;
}

static void add(const char *id, const char *service, enum rotation_role role, uint32_t weight,
                uint16_t port, const char *address)
{
    struct observed_port *ports = arena_new(&arena, struct observed_port);

    *ports = (struct observed_port){port, address};
    instances[observed.count++] = (struct observed_instance){
        .id = id, .name = id, .service = service, .ports = ports, .port_count = 1};
    if (strcmp(service, "native") == 0)
        instances[observed.count - 1].runtime = DESIRED_PROCESS;
    entries[rotation.count++] = (struct rotation_entry){
        .instance = id, .target = id, .service = service, .role = role, .weight = weight};
}

static void make(void *context)
{
    (void)context;
    input.observed = &observed;
    input.rotation = &rotation;
    assert_int_equal(edge_document_make(&arena, &input, &json, NULL), 0);
}

#define assert_document(expected)                                                                  \
    do {                                                                                           \
        assert_int_equal(arena_protect(&arena, make, NULL), 0);                                    \
        assert_string_equal(json, quoted(expected));                                               \
    } while (0)

static int start(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)64 << 20);
    observed = (struct observed){instances, 0};
    rotation = (struct rotation){.entries = entries};
    input = (struct edge_document_input){0};
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

#define WEB                                                                                        \
    "{'services': {'web': {'ports': [{'target': 80, 'published': '8080', 'app_protocol': "         \
    "'http'}]}}}"

static void listens_on_published_ports(void **state)
{
    (void)state;
    input.base = desire(1, WEB);
    add("w1", "web", ROTATION_SERVING, 100, 80, "10.0.0.1:80");
    add("w2", "web", ROTATION_DRAINING, 100, 80, "10.0.0.2:80");
    assert_document("{'x-slipway':{'listeners':{'port--8080':{'address':':8080','protocol':'http',"
                    "'default':{'forward':'web'}}},'target_groups':{'web':{'targets':[{'address':"
                    "'10.0.0.1:80','instance':'w1','weight':1}]}}}}");
}

static void checks_what_is_on_standby(void **state)
{
    (void)state;
    input.base = desire(1, WEB);
    input.standby = desire(2, WEB);
    add("w1", "web", ROTATION_SERVING, 100, 80, "10.0.0.1:80");
    add("w2", "web", ROTATION_STANDBY, 100, 80, "10.0.0.2:80");
    assert_document("{'x-slipway':{'listeners':{'port--8080':{'address':':8080','protocol':'http',"
                    "'default':{'forward':'web'}}},'target_groups':{'web':{'targets':[{'address':"
                    "'10.0.0.1:80','instance':'w1','weight':1}]},'web@next':{'targets':[{'address':"
                    "'10.0.0.2:80','instance':'w2'}],'health':{'protocol':'tcp','interval':'1s',"
                    "'timeout':'1s'}}}}}");
}

static void keeps_listeners_and_groups_of_the_file(void **state)
{
    static const char *const held[] = {"web"};

    (void)state;
    input.base = desire(
        1, "{'services': {'web': {'ports': [{'target': 80, 'published': '8080'}]}},"
           "'x-slipway': {'listeners': {'own': {'address': '0.0.0.0:8080', 'rules': [{'forward': "
           "'app', 'when': {'path': ['/$$x']}}]}}, 'target_groups': {'app': {'service': 'web', "
           "'health': {'path': '/h'}}, 'far': {'targets': [{'address': '1.2.3.4:5'}]}}}}");
    input.held = held;
    input.held_count = 1;
    input.hold_ns = 30 * TIME_SECOND;
    add("w1", "web", ROTATION_STANDBY, 100, 80, "10.0.0.1:80");
    assert_document(
        "{'x-slipway':{'listeners':{'own':{'address':'0.0.0.0:8080','rules':[{'forward':'app',"
        "'when':{'path':['/$$x']}}]},'port--8080':{'address':':8080','protocol':'tcp','default':"
        "{'forward':'app'}}},'target_groups':{'app':{'health':{'path':'/h'},'targets':[],"
        "'hold':'30000ms'},'far':{'targets':[{'address':'1.2.3.4:5'}]},'app@next':{'health':"
        "{'path':'/h'},'targets':[{'address':'10.0.0.1:80','instance':'w1'}]}}}}");
}

static void gives_native_services_their_loopback_address(void **state)
{
    (void)state;
    input.standby =
        desire(1, "{'services': {'native': {'expose': ['80', '81'], 'x-slipway': {'runtime': "
                  "'process'}}}}");
    add("n1", "native", ROTATION_SERVING, 100, 80, "127.0.0.1:4001");
    assert_document(
        "{'x-slipway':{'listeners':{'port-127.1.2.3-80':{'address':'127.1.2.3:80','protocol':'tcp',"
        "'default':{'forward':'native:80'}},'port-127.1.2.3-81':{'address':'127.1.2.3:81','"
        "protocol':"
        "'tcp','default':{'forward':'native:81'}}},'target_groups':{'native:80':{'targets':"
        "[{'address':'127.0.0.1:4001','instance':'n1','weight':1}]},'native:81':{'targets':[]}}}}");
}

static void shares_traffic_in_a_canary(void **state)
{
    (void)state;
    input.base = desire(1, "{'services': {'web': {'expose': ['80']}}}");
    add("w1", "web", ROTATION_SERVING, 90, 80, "10.0.0.1:80");
    add("w2", "web", ROTATION_SERVING, 90, 80, "10.0.0.2:80");
    add("w3", "web", ROTATION_SERVING, 90, 80, "10.0.0.3:80");
    add("w4", "web", ROTATION_SERVING, 10, 80, "10.0.0.4:80");
    /* Three times 999 against 333: a tenth. */
    assert_document("{'x-slipway':{'listeners':{},'target_groups':{'web':{'targets':["
                    "{'address':'10.0.0.1:80','instance':'w1','weight':999},"
                    "{'address':'10.0.0.2:80','instance':'w2','weight':999},"
                    "{'address':'10.0.0.3:80','instance':'w3','weight':999},"
                    "{'address':'10.0.0.4:80','instance':'w4','weight':333}]}}}}");
}

static void remembers_where_instances_were(void **state)
{
    static const struct observed_port port = {80, "10.9.9.9:80"};

    (void)state;
    input.base = desire(1, "{'services': {'web': {'expose': ['80']}}}");
    entries[rotation.count++] = (struct rotation_entry){.instance = "w1",
                                                        .target = "w1~1",
                                                        .service = "web",
                                                        .role = ROTATION_SERVING,
                                                        .weight = 100,
                                                        .ports = &port,
                                                        .port_count = 1};
    assert_document("{'x-slipway':{'listeners':{},'target_groups':{'web':{'targets':["
                    "{'address':'10.9.9.9:80','instance':'w1~1','weight':1}]}}}}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(listens_on_published_ports),
        TEST(checks_what_is_on_standby),
        TEST(keeps_listeners_and_groups_of_the_file),
        TEST(gives_native_services_their_loopback_address),
        TEST(shares_traffic_in_a_canary),
        TEST(remembers_where_instances_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
