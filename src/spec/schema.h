/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Compose file may say, as data. One table per kind of map names its keys, what each may
 * hold, how its short forms are written out, how two files are merged there, how entries of a list
 * are told apart, and what each runtime does with it. Validation, canonical form, merging, path
 * resolution, the order of output, `config --report` and the reference page all read these tables;
 * none of them knows a key by name.
 *
 * The tables are constant and shared; nobody owns them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What may be written in a place: a set of these. */
enum {
    ACCEPT_NULL = 1 << 0,
    ACCEPT_BOOL = 1 << 1,
    ACCEPT_INTEGER = 1 << 2,
    ACCEPT_REAL = 1 << 3, /* includes integers */
    ACCEPT_STRING = 1 << 4,
    ACCEPT_LIST = 1 << 5,
    ACCEPT_MAP = 1 << 6,
    ACCEPT_ANY = 0x7f,
};

/* What a scalar means, whichever way it was written; it is converted to this when the file is read.
 */
enum schema_scalar {
    SCALAR_AS_WRITTEN,
    SCALAR_TEXT, /* numbers and booleans become text, as in labels */
    SCALAR_BOOL,
    SCALAR_INTEGER,
    SCALAR_REAL,
    SCALAR_DURATION,     /* "1m30s" */
    SCALAR_BYTES,        /* a number of bytes, in text */
    SCALAR_FILE_MODE,    /* octal text, "0440" */
    SCALAR_DEVICE_COUNT, /* an integer, or "all" for -1 */
    SCALAR_STRING_OR_BOOL,
};

/* How the short forms are written out. */
enum schema_form {
    FORM_PLAIN,
    FORM_LIST,           /* "x" -> ["x"] */
    FORM_MAPPING,        /* ["a=1", "b"] -> {a: "1", b: ""} */
    FORM_MAPPING_NULL,   /* ["a=1", "b"] -> {a: "1", b: null} */
    FORM_NAMES,          /* ["a", "b"] -> {a: null, b: null} */
    FORM_DEPENDENCIES,   /* ["a"] -> {a: {condition: service_started, required: true}} */
    FORM_SHELL,          /* "a 'b c'" -> ["a", "b c"] */
    FORM_HEALTH_TEST,    /* "x" -> ["CMD-SHELL", "x"] */
    FORM_BUILD,          /* "dir" -> {context: dir} */
    FORM_EXTENDS,        /* "x" -> {service: x} */
    FORM_INCLUDE,        /* "x" -> {path: [x]} */
    FORM_ENV_FILE,       /* "x" -> {path: x, required: true} */
    FORM_PORT,           /* "80:8080" -> {target, published, ...}, one entry or more */
    FORM_MOUNT,          /* "a:/b:ro" -> {type, source, target, ...} */
    FORM_DEVICE,         /* "a:b:rwm" -> {source, target, permissions} */
    FORM_FILE_REFERENCE, /* "x" -> {source: x} */
    FORM_GPUS,           /* "all" -> [{count: all}] */
    FORM_HOSTS,          /* {a: b} -> ["a=b"] */
    FORM_SSH,            /* ["default", "a=b"] -> the same in one order */
    FORM_OPTION_LISTS,   /* {a: b} -> {a: [b]} */
    FORM_RESOURCE,       /* external: {name: x} -> external: true, name: x */
    FORM_TARGET,         /* "host:80" -> {address: host:80} */
};

/* What happens when a later file says it again. */
enum schema_merge {
    MERGE_DEEP,    /* maps key by key, lists appended, scalars replaced */
    MERGE_REPLACE, /* the later one stands */
    MERGE_LOGGING, /* as maps where the driver is the same, else replaced */
    MERGE_ULIMIT,  /* as maps where both are maps, else replaced */
    MERGE_SUBNETS, /* entries of the same subnet as maps, others appended */
};

/* What makes two entries of a list the same entry: the later one then takes the earlier's place. */
enum schema_identity {
    IDENTITY_NONE,    /* only an equal entry is the same */
    IDENTITY_TEXT,    /* the text before '=' */
    IDENTITY_TARGET,  /* target, else the source under the folder in identity_prefix */
    IDENTITY_PORT,    /* host_ip, published, target and protocol */
    IDENTITY_PATH,    /* path */
    IDENTITY_NAME,    /* name, where it has one */
    IDENTITY_ADDRESS, /* address */
};

/* Which relative paths are made absolute. */
enum schema_path {
    PATH_NONE,
    PATH_FILE,    /* against the project folder, ~ expanded */
    PATH_CONTEXT, /* as PATH_FILE, but URLs and service: references stay */
    PATH_SSH,     /* the part after '=' */
    PATH_MOUNT,   /* source, where type is bind */
    PATH_VOLUME,  /* driver_opts.device of a local bind volume */
};

/* What a runtime does with a key. */
enum schema_support {
    SUPPORT_HONOURED,
    SUPPORT_EMULATED,
    SUPPORT_REFUSED,
};

enum runtime_kind {
    RUNTIME_DOCKER,
    RUNTIME_SWARM,
    RUNTIME_PROCESS,
    RUNTIME_COUNT,
};

/* Which keys a map takes beside the ones that its table names. */
enum schema_names {
    NAMES_NONE,
    NAMES_IDENTIFIER, /* [a-zA-Z0-9._-]+ */
    NAMES_LOWERCASE,  /* [a-z]+ */
    NAMES_ANY,
};

struct schema_key;

struct schema {
    uint8_t accepts;
    uint8_t scalar;   /* enum schema_scalar */
    uint8_t form;     /* enum schema_form */
    uint8_t merge;    /* enum schema_merge */
    uint8_t identity; /* enum schema_identity */
    uint8_t path;     /* enum schema_path */
    uint8_t names;    /* enum schema_names */
    bool extensible;  /* takes x-* keys */
    bool unique;      /* no two equal items */
    bool drops_empty; /* empty texts in the list say nothing */
    bool sorted;      /* the canonical form lists the items in order of their text */
    bool bounded;     /* minimum and maximum count */
    int64_t minimum;
    int64_t maximum;
    const char *identity_prefix;
    const char *expected; /* said in errors, where the set of accepted kinds says too little */
    const char *const *choices;    /* the texts allowed; NULL for any; ends in NULL */
    const struct schema_key *keys; /* ends in a key without a name */
    const struct schema *values;   /* of keys that the table does not name */
    const struct schema *items;
    bool (*check)(const char *text); /* of a scalar's text, after its kind; expected says what */
    const char *default_text;        /* for the reference page */
};

enum {
    KEY_REQUIRED = 1 << 0,   /* in the merged map */
    KEY_DEPRECATED = 1 << 1, /* accepted with a warning */
    KEY_SECRET = 1 << 2,     /* its value is masked */
    KEY_NOT_YET = 1 << 3,    /* known, refused by name until its capability arrives */
    KEY_EXTENSION = 1 << 4,  /* an x-* key with a table of its own */
    KEY_INTERNAL = 1 << 5,   /* in what control makes itself; refused in files of users */
    KEY_MATCHED = 1 << 6,    /* requests are told apart by its values: they may be keys */
};

struct schema_key {
    const char *name;
    const struct schema *schema;
    uint8_t flags;
    uint8_t support[RUNTIME_COUNT]; /* enum schema_support */
    const char *emulated;           /* how, for people */
    const char *refused;            /* why, for people */
    const char *documentation;
};

extern const struct schema schema_compose_file;
extern const struct schema schema_service;
extern const struct schema schema_slipway;         /* x-slipway at the top */
extern const struct schema schema_slipway_service; /* x-slipway in a service */

/* The key of that name, or NULL. */
const struct schema_key *schema_find(const struct schema *schema, const char *name);

/* The schema of what stands under a key: the key's own, the one for free names, or NULL where the
 * key is unknown. Extensions without a table have the schema that accepts anything. */
const struct schema *schema_of_entry(const struct schema *schema, const char *name);

extern const struct schema schema_anything;

bool schema_is_extension(const char *name);

/* The known name nearest to a misspelt one, or NULL where none is near. */
const char *schema_nearest_key(const struct schema *schema, const char *name);

const char *runtime_kind_name(enum runtime_kind runtime);
const char *schema_support_name(enum schema_support support);
