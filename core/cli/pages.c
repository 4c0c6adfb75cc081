/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the help and the manual say beside the commands. */
#include "cli/pages.h"

const char page_summary[] = "weighted diffusion sampling";

const struct page_row page_options[] = {
    {"--help, -h", "the same as kac help"},
    {"--version, -V", "the version, and that of the plugin ABI"},
    {NULL, NULL}};

/* enum exit_code */
const struct page_row page_exit_codes[] = {
    {"0", "done"},
    {"1", "an error inside kac"},
    {"2", "the command line or the config is wrong"},
    {"3", "a plugin cannot be found or loaded"},
    {"4", "a plugin failed or broke a rule"},
    {"5", "numbers: NaN, or every particle has weight zero"},
    {"6", "a file cannot be read or written"},
    {"7", "not enough memory or another resource"},
    {"8", "the output folder is in use"},
    {"128 + n", "stopped by signal n"},
    {NULL, NULL}};

const struct page_row page_environment[] = {
    {"KAC_PLUGIN_PATH",
     "folders of plugins, separated by colons, searched behind those of "
     "--plugin-path"},
    {"KAC_TEMPLATE_DIR", "where kac new finds its templates"},
    {"TMPDIR", "where kac test makes the folder in which an observer is run"},
    {"VIRTUAL_ENV", "the Python environment that python plugins import from"},
    {"NO_COLOR", "if set and not empty, the progress shows no colours"},
    {"TERM", "if unset or dumb, the progress is plain lines"},
    {NULL, NULL}};

const struct page_row page_files[] = {
    {KAC_PLUGIN_DIR "/KIND/NAME.so", "the plugins that come with kac"},
    {KAC_TEMPLATE_DIR, "what kac new begins with"},
    {KAC_DOC_DIR "/docs", "the manual: config.md is about every key"},
    {KAC_DOC_DIR "/conf", "examples of configs"},
    {"DIR/samples.npz", "the final states and weights of a run"},
    {"DIR/trace.jsonl", "a line of JSON for every step"},
    {"DIR/run.json", "results, settings and where everything came from"},
    {"DIR/resolved.cfg", "the config with every value filled in"},
    {NULL, NULL}};

const struct page_row page_kinds[] = {
    {"score",
     "a model of the noised density: score, denoised mean, noise or velocity"},
    {"potential", "log phi(x), which reweights and steers"},
    {"integrator", "moves particles from one time to the next, or at one time"},
    {"resampler", "picks the ancestors of the next population"},
    {"schedule", "the noising process: alpha and sigma at every time"},
    {"observer", "looks at the population and reports or writes"},
    {NULL, NULL}};

const struct page_row page_statuses[] = {
    {"KAC_OK", "0: done"},
    {"KAC_EINVAL", "-1: a parameter or argument is wrong"},
    {"KAC_ENOMEM", "-2: not enough memory"},
    {"KAC_ENUMERIC", "-3: NaN, overflow or no convergence"},
    {"KAC_EUNSUPPORTED", "-4: cannot do what was asked"},
    {"KAC_EIO", "-5: a file"},
    {NULL, NULL}};

const struct page_row page_types[] = {
    {"KAC_T_BOOL", "int64_t, 0 or 1: true or false"},
    {"KAC_T_INT", "int64_t: an integer"},
    {"KAC_T_REAL", "double: a number"},
    {"KAC_T_STRING",
     "const char *, never NULL: a text, or the path of a file (KAC_P_FILE)"},
    {"KAC_T_CHOICE", "int64_t, the index: one of \"a|b|c\""},
    {"KAC_T_ARRAY",
     "kac_array: numbers with a shape, written out or read from a file"},
    {NULL, NULL}};
