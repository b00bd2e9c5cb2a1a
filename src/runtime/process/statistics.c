/* SPDX-License-Identifier: Apache-2.0 */
/* What an instance uses, summed over its processes: those below its shim. Memory that several of
 * them share counts for each. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "os/file.h"
#include "os/listing.h"
#include "os/os.h"
#include "runtime/process/process_priv.h"

#define PROC_FILE_MAX   ((size_t)65536)
#define PROCESSES_MAX   ((size_t)1 << 20)
#define STAT_PARENT     1 /* fields behind the name */
#define STAT_USER       11
#define STAT_CHILD_LAST 14
#define STAT_RESIDENT   21

struct process_entry {
    int pid, parent;
    bool is_counted;
    uint64_t ticks, pages;
};

struct process_table {
    struct process_entry *entries;
    size_t count;
};

static char *read_proc(int pid, const char *name)
{
    char path[64];
    char *text = NULL;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    return os_read_file(path, PROC_FILE_MAX, &text, NULL, NULL) == 0 ? text : NULL;
}

/* "PID (NAME) STATE PARENT ...": the name may hold anything. */
static bool read_entry(int pid, struct process_entry *entry)
{
    _cleanup_free_ char *text = read_proc(pid, "stat");
    const char *next = text != NULL ? strrchr(text, ')') : NULL;

    if (next == NULL || next[1] != ' ')
        return false;
    *entry = (struct process_entry){.pid = pid};
    next += 2;
    for (int field = 0; *next != '\0' && field <= STAT_RESIDENT; field++) {
        unsigned long long number = strtoull(next, NULL, 10);

        if (field == STAT_PARENT)
            entry->parent = (int)number;
        if (field >= STAT_USER && field <= STAT_CHILD_LAST)
            entry->ticks += number;
        if (field == STAT_RESIDENT)
            entry->pages = number;
        next += strcspn(next, " ");
        next += *next == ' ';
    }
    return true;
}

static int read_table(struct process_table *table, struct error **reterr)
{
    struct os_listing listing;
    int r = os_list_folder("/proc", PROCESSES_MAX, &listing, reterr);

    if (r < 0)
        return r;
    table->entries = calloc(listing.count + 1, sizeof(*table->entries));
    for (size_t i = 0; i < listing.count && table->entries != NULL; i++) {
        const char *name = listing.names[i];

        if (name[strspn(name, "0123456789")] == '\0' &&
            read_entry((int)strtol(name, NULL, 10), &table->entries[table->count]))
            table->count++;
    }
    os_listing_deinit(&listing);
    return table->entries == NULL ? error_set(reterr, ENOMEM, "out of memory") : 0;
}

static uint64_t read_io(const char *text, const char *key)
{
    const char *place = text != NULL ? strstr(text, key) : NULL;

    return place != NULL ? strtoull(place + strlen(key), NULL, 10) : 0;
}

static void count_entry(struct process_entry *entry, struct runtime_statistics *sum)
{
    _cleanup_free_ char *io = read_proc(entry->pid, "io");
    uint64_t ticks_per_s = (uint64_t)sysconf(_SC_CLK_TCK);

    entry->is_counted = true;
    sum->processes++;
    sum->cpu_ns += entry->ticks * (UINT64_C(1000000000) / ticks_per_s);
    sum->memory_bytes += entry->pages * (uint64_t)sysconf(_SC_PAGESIZE);
    sum->read_bytes += read_io(io, "\nread_bytes: ");
    sum->written_bytes += read_io(io, "\nwrite_bytes: ");
}

static bool is_below(const struct process_table *table, const struct process_entry *entry, int shim)
{
    if (entry->parent == shim)
        return true;
    for (size_t i = 0; i < table->count; i++) {
        if (table->entries[i].is_counted && table->entries[i].pid == entry->parent)
            return true;
    }
    return false;
}

static void count_family(struct process_table *table, int shim, struct runtime_statistics *sum)
{
    bool is_more = true;

    while (is_more) {
        is_more = false;
        for (size_t i = 0; i < table->count; i++) {
            struct process_entry *entry = &table->entries[i];

            if (!entry->is_counted && is_below(table, entry, shim)) {
                count_entry(entry, sum);
                is_more = true;
            }
        }
    }
}

int process_statistics(struct runtime *base, const char *project, const char *id,
                       struct runtime_statistics *ret, struct error **reterr)
{
    _cleanup_instance_ struct instance instance = {0};
    struct runtime_statistics sum = {0};
    struct process_table table = {0};
    int r = instance_load(process_of(base), project, id, &instance, reterr);

    if (r < 0)
        return r;
    sum.memory_limit_bytes = records_get_number(&instance.orders, "x-memory_limit");
    if (instance.status.shim_pid > 1 && instance_has_shim(&instance)) {
        r = read_table(&table, reterr);
        if (r == 0)
            count_family(&table, instance.status.shim_pid, &sum);
        free(table.entries);
    }
    if (r == 0)
        *ret = sum;
    return r;
}

/* Many at once: the table is read once, and sorted so that the children of one lie together. */

static int compare_parents(const void *a, const void *b)
{
    const struct process_entry *left = a, *right = b;

    return left->parent != right->parent
               ? (left->parent > right->parent) - (left->parent < right->parent)
               : (left->pid > right->pid) - (left->pid < right->pid);
}

static size_t first_child(const struct process_table *table, int parent)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (table->entries[middle].parent < parent)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* All below the shim: each entry is taken once, so a table that was read while processes came and
 * went cannot lead in a circle. */
static void add_family(struct process_table *table, int shim, size_t *queue,
                       struct runtime_statistics *sum)
{
    uint64_t tick_ns = UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    size_t first = 0, last = 0;
    int parent = shim;

    for (;;) {
        for (size_t i = first_child(table, parent);
             i < table->count && table->entries[i].parent == parent; i++) {
            struct process_entry *entry = &table->entries[i];

            if (entry->is_counted)
                continue;
            entry->is_counted = true;
            queue[last++] = i;
            sum->processes++;
            sum->cpu_ns += entry->ticks * tick_ns;
            sum->memory_bytes += entry->pages * page_bytes;
        }
        if (first == last)
            return;
        parent = table->entries[queue[first++]].pid;
    }
}

static void measure_one(struct process_runtime *runtime, struct process_table *table, size_t *queue,
                        struct runtime_measure *item)
{
    _cleanup_instance_ struct instance instance = {0};

    if (instance_load(runtime, item->project, item->id, &instance, NULL) < 0)
        return;
    item->is_known = true;
    item->statistics.memory_limit_bytes = records_get_number(&instance.orders, "x-memory_limit");
    if (instance.status.shim_pid > 1 && instance_has_shim(&instance))
        add_family(table, instance.status.shim_pid, queue, &item->statistics);
}

int process_measure(struct runtime *base, struct runtime_measure *items, uint32_t count,
                    struct error **reterr)
{
    struct process_table table = {0};
    size_t *queue;
    int r;

    for (uint32_t i = 0; i < count; i++) {
        items[i].is_known = false;
        items[i].statistics = (struct runtime_statistics){0};
    }
    r = read_table(&table, reterr);
    if (r < 0) {
        free(table.entries);
        return r;
    }
    qsort(table.entries, table.count, sizeof(*table.entries), compare_parents);
    queue = calloc(table.count + 1, sizeof(*queue));
    for (uint32_t i = 0; queue != NULL && i < count; i++)
        measure_one(process_of(base), &table, queue, &items[i]);
    r = queue == NULL ? error_set(reterr, ENOMEM, "out of memory") : 0;
    free(queue);
    free(table.entries);
    return r;
}
