/* SPDX-License-Identifier: Apache-2.0 */
/* The scripts, in the hands of the shells they are for. A shell that is not installed is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "cli/completion.h"
#include "os/file.h"

enum {
    SCRIPT_BYTES = 1 << 20,
    OUTPUT_BYTES = 4096,
};

/* A folder with the three scripts, a program called slipway that knows some names, and files. */
static char folder[] = "/tmp/test-completion-XXXXXX";

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(os_write_file_atomically(path, text, strlen(text), mode, NULL), 0);
}

static void write_script(const char *name, void (*write)(struct strbuf *out))
{
    _cleanup_strbuf_ struct strbuf script;

    strbuf_init(&script, SCRIPT_BYTES);
    write(&script);
    assert_int_equal(strbuf_failure(&script), 0);
    write_file(name, strbuf_text(&script), 0644);
}

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    write_script("script.bash", completion_write_bash);
    write_script("script.zsh", completion_write_zsh);
    write_script("script.fish", completion_write_fish);
    write_file("my file.yaml", "", 0644);
    write_file("slipway",
               "#!/bin/sh\n"
               "case \"$*\" in\n"
               "'config --services') printf 'web\\nworker\\n$(touch hacked)\\n' ;;\n"
               "'-f other.yaml config --services') echo other ;;\n"
               "'config --profiles') printf 'debug\\ntest\\n' ;;\n"
               "*) exit 1 ;;\n"
               "esac\n",
               0755);
    return 0;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
    (void)stat;
    (void)type;
    (void)walk;
    return remove(path);
}

/* Shells leave files of their own in it: it is their home. */
static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Runs the shell's command in the folder and returns its exit status. */
static int run(const char *command, char output[OUTPUT_BYTES])
{
    char line[1024];
    FILE *stream;
    size_t length;

    (void)snprintf(line, sizeof(line), "cd %s && HOME=%s PATH=\"%s:$PATH\" %s 2>&1", folder, folder,
                   folder, command);
    stream = popen(line, "r");
    assert_non_null(stream);
    length = fread(output, 1, OUTPUT_BYTES - 1, stream);
    output[length] = '\0';
    return pclose(stream);
}

static void require(const char *shell)
{
    char command[64], output[OUTPUT_BYTES];

    (void)snprintf(command, sizeof(command), "sh -c 'command -v %s'", shell);
    if (run(command, output) != 0) {
        print_message("%s is not installed\n", shell);
        skip();
    }
}

static void assert_accepted(const char *command)
{
    char output[OUTPUT_BYTES];

    assert_int_equal(run(command, output), 0);
    assert_string_equal(output, "");
}

/* The words stand as bash splits them, the last one under the cursor; the answers as bash would
 * show them, with a bar after each. */
static void assert_bash(const char *words, const char *expected)
{
    char command[512], output[OUTPUT_BYTES];

    (void)snprintf(command, sizeof(command),
                   "bash -c 'source ./script.bash; COMP_WORDS=(slipway %s); "
                   "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _slipway slipway; "
                   "((${#COMPREPLY[@]})) && printf \"%%s|\" \"${COMPREPLY[@]}\"; true'",
                   words);
    assert_int_equal(run(command, output), 0);
    if (strcmp(output, expected) != 0)
        fail_msg("'slipway %s' is completed to '%s', not '%s'", words, output, expected);
}

static void bash_accepts_its_script(void **state)
{
    (void)state;
    require("bash");
    assert_accepted("bash -n script.bash");
    assert_accepted("bash -uc 'source ./script.bash'");
}

static void zsh_accepts_its_script(void **state)
{
    (void)state;
    require("zsh");
    assert_accepted("zsh -n script.zsh");
}

static void fish_accepts_its_script(void **state)
{
    (void)state;
    require("fish");
    assert_accepted("fish --no-execute script.fish");
    assert_accepted("fish -c 'source script.fish'");
}

static void bash_completes_commands_and_options(void **state)
{
    (void)state;
    require("bash");
    assert_bash(
        "\"\"",
        "config|up|down|plan|apply|deploy|rollback|cancel|scale|destroy|revisions|diff|ps|logs|"
        "exec|run|"
        "start|stop|restart|rm|kill|stats|events|pull|build|images|rmi|prune|serve|listeners|"
        "targets|target|dashboard|token|audit|top|reopen-logs|shutdown|completion|help|version|");
    assert_bash("plan --sc", "--scale|");
    assert_bash("logs --fo", "--follow|");
    assert_bash("co", "config|completion|");
    assert_bash("--pro", "--project-name|--profile|--project-directory|");
    assert_bash("-f x.yaml config --sh", "--show-secrets|");
    assert_bash("config --pro", "--profiles|");
    assert_bash("config -- --pro", "");
    assert_bash("up --pro", "--project-name|--profile|--project-directory|");
    assert_bash("up --file x.yaml --de", "--detach|");
    assert_bash("target", "targets|target|");
    assert_bash("help ve", "version|");
    assert_bash("version \"\"", "");
}

static void bash_completes_values(void **state)
{
    (void)state;
    require("bash");
    assert_bash("config --format \"\"", "yaml|json|");
    assert_bash("config --format = j", "json|");
    assert_bash("config --format =", "yaml|json|");
    assert_bash("config --report s", "swarm|");
    assert_bash("config --ansi a", "auto|always|");
    assert_bash("--color = n", "never|");
    assert_bash("completion \"\"", "bash|zsh|fish|");
    assert_bash("token \"\"", "create|list|revoke|");
    assert_bash("token create --role o", "operator|");
    assert_bash("target d", "drain|disable|");
    assert_bash("-p co", ""); /* anything can be a project's name */
}

static void bash_completes_paths(void **state)
{
    (void)state;
    require("bash");
    assert_bash("-f my", "my file.yaml|");
    assert_bash("config -o my", "my file.yaml|");
    assert_bash("--project-directory my", "");
}

static void bash_completes_names_of_the_project_without_running_them(void **state)
{
    char path[256];

    (void)state;
    require("bash");
    assert_bash("config w", "web|worker|");
    assert_bash("up w", "web|worker|");
    assert_bash("logs w", "web|worker|");
    assert_bash("config --hash w", "web|worker|");
    assert_bash("config --hash --format j", "json|");
    assert_bash("config --quiet = true w", "web|worker|");
    assert_bash("-f other.yaml config \"\"", "other|");
    assert_bash("--profile d", "debug|");
    assert_bash("--profile = t", "test|");
    assert_bash("config \"\"", "web|worker|$(touch hacked)|");
    (void)snprintf(path, sizeof(path), "%s/hacked", folder);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void assert_fish(const char *line, const char *expected)
{
    char command[512], output[OUTPUT_BYTES];

    (void)snprintf(command, sizeof(command),
                   "fish -c 'source script.fish; "
                   "complete -C \"%s\" | string split -f 1 \\t | string join \"|\"'",
                   line);
    (void)run(command, output);
    if (strcmp(output, expected) != 0)
        fail_msg("'%s' is completed to '%s', not '%s'", line, output, expected);
}

static void fish_completes(void **state)
{
    (void)state;
    require("fish");
    assert_fish("slipway co", "completion|config\n");
    assert_fish("slipway --ansi=al", "--ansi=always\n");
    assert_fish("slipway -f x config --report ", "docker|process|swarm\n");
    assert_fish("slipway config --sh", "--show-secrets\n");
    assert_fish("slipway config we", "web\n");
    assert_fish("slipway -f other.yaml config ", "other\n");
    assert_fish("slipway --profile ", "debug|test\n");
    assert_fish("slipway -f config co", "completion|config\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bash_accepts_its_script),
        cmocka_unit_test(zsh_accepts_its_script),
        cmocka_unit_test(fish_accepts_its_script),
        cmocka_unit_test(bash_completes_commands_and_options),
        cmocka_unit_test(bash_completes_values),
        cmocka_unit_test(bash_completes_paths),
        cmocka_unit_test(bash_completes_names_of_the_project_without_running_them),
        cmocka_unit_test(fish_completes),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
