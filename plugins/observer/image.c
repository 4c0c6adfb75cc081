/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contact sheets: particles that are images of width times height numbers, or
 * three times as many for colour, side by side in a PNG file of 8 bits, row by
 * row; what is left of the last row is grey, as are the gaps.  A number v
 * becomes the level
 *   floor(255 c + 1/2),  c = (v - black)/(white - black) held in [0, 1],
 * and each pixel a square of scale by scale.  One sheet of the end and, with
 * interval = k, one of every k-th step as NAME_000120.png.  Format: PNG
 * (Portable Network Graphics) Specification, second edition, W3C 2003.
 *
 * Check: black = 0, white = 1 and v = 0, 0.5, 1 give 0, 128, 255; with count =
 * 5 of 8x8 and a gap of 1 the sheet is 3 columns by 2, 28 by 19 pixels. */
#include <png.h>

#include "output.h"
#include "pick.h"

struct config {
  int64_t width, height, layout, columns, count, pick, scale, gap, interval;
  kac_array range;
  const char *file;
};
enum { PLANAR, INTERLEAVED };

static const kac_param params[] = {
    {"width", "pixels", "columns of an image", KAC_T_INT, KAC_P_REQUIRED,
     KAC_AT(struct config, width, int64_t), 0, 1, 32768, NULL},
    {"height", "pixels", "rows of an image", KAC_T_INT, KAC_P_REQUIRED,
     KAC_AT(struct config, height, int64_t), 0, 1, 32768, NULL},
    KAC_CHOICE(struct config, layout, PLANAR, "planar|interleaved",
               "order of a colour image: channel, row, column, or row, column, "
               "channel"),
    KAC_ARRAY(struct config, range, 0, "ends", "",
              "values that are black and white; [-1, 1] if not given"),
    KAC_INT(struct config, count, 64, 1, 1e6, "particles",
            "how many, at most as many as there are"),
    KAC_CHOICE(struct config, pick, PICK_RESAMPLED, PICK_CHOICES,
               "draws in proportion to weight, the first ones, or those of "
               "greatest weight"),
    KAC_INT(struct config, columns, 0, 0, 32768, "",
            "images side by side; 0: a square"),
    KAC_INT(struct config, scale, 1, 1, 256, "", "magnification"),
    KAC_INT(struct config, gap, 1, 0, 256, "pixels", "between images"),
    KAC_INT(struct config, interval, 0, 0, 1e9, "steps",
            "a sheet every interval-th step too; 0: of the end only"),
    KAC_STRING(struct config, file, 0, "sheet.png", "name of the file")};

enum { MAX_SIDE = 32768, MAX_PIXELS = 1 << 28, MAX_SHEETS = 200 };
enum { GREY = 128, NAME_BYTES = 128 };

struct sheet { /* all sizes in pixels of the sheet */
  size_t width, height, n_channels, columns, rows, scale, gap;
  size_t sheet_width, sheet_height;
};

struct state {
  const kac_host *host;
  const struct config *config;
  struct sheet sheet;
  struct pick pick;
  double black, white;
  unsigned char *pixel, *png;
  size_t png_bytes;
};

static size_t root_above(size_t n) {
  size_t root = (size_t)sqrt((double)n);
  while (root * root < n) root++;
  return root;
}

static size_t side(size_t n, size_t pixels, const struct sheet *sheet) {
  return n * pixels * sheet->scale + (n - 1) * sheet->gap;
}

static struct sheet lay_out(const struct config *cfg, const kac_plan *plan) {
  struct sheet sheet = {.width = (size_t)cfg->width,
                        .height = (size_t)cfg->height,
                        .scale = (size_t)cfg->scale,
                        .gap = (size_t)cfg->gap,
                        .columns = (size_t)cfg->columns};
  size_t count = pick_count(cfg->count, plan);
  size_t pixels = sheet.width * sheet.height;
  sheet.n_channels = plan->space->n_real == 3 * pixels ? 3 : 1;
  if (sheet.columns == 0) sheet.columns = root_above(count);
  if (sheet.columns > count) sheet.columns = count;
  sheet.rows = (count + sheet.columns - 1) / sheet.columns;
  sheet.sheet_width = side(sheet.columns, sheet.width, &sheet);
  sheet.sheet_height = side(sheet.rows, sheet.height, &sheet);
  return sheet;
}

static kac_status check_range(const kac_array *range, kac_error *err) {
  if (range->n == 0) return KAC_OK;
  if (range->n != 2)
    return kac_fail(err, KAC_EINVAL,
                    "range has %zu numbers, expected 2: [black, white]",
                    range->n);
  if (range->data[0] == range->data[1])
    return kac_fail(err, KAC_EINVAL,
                    "range is [%g, %g], expected black and white to differ",
                    range->data[0], range->data[1]);
  return KAC_OK;
}

static kac_status check_sheets(const struct config *cfg, const kac_plan *plan,
                               kac_error *err) {
  size_t interval = (size_t)cfg->interval;
  if (interval == 0 || plan->n_steps / interval <= MAX_SHEETS) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "interval is %zu, which makes %zu sheets in %zu steps, "
                  "expected at most %d; take a larger interval",
                  interval, plan->n_steps / interval, plan->n_steps,
                  MAX_SHEETS);
}

static png_image describe(const struct sheet *sheet) {
  return (png_image){
      .version = PNG_IMAGE_VERSION,
      .width = (png_uint_32)sheet->sheet_width,
      .height = (png_uint_32)sheet->sheet_height,
      .format = sheet->n_channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY};
}

static size_t pixel_bytes(const struct sheet *sheet) {
  return sheet->sheet_width * sheet->sheet_height * sheet->n_channels;
}

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  size_t d = io->space->n_real, pixels = (size_t)(cfg->width * cfg->height);
  if (d != pixels && d != 3 * pixels)
    return kac_fail(err, KAC_EINVAL,
                    "width * height is %lld * %lld = %zu, expected %zu, the "
                    "numbers of a particle%s",
                    (long long)cfg->width, (long long)cfg->height, pixels, d,
                    d % 3 == 0 ? ", or a third of it for colour" : "");
  struct sheet sheet = lay_out(cfg, io);
  if (sheet.sheet_width > MAX_SIDE || sheet.sheet_height > MAX_SIDE ||
      sheet.sheet_width * sheet.sheet_height > MAX_PIXELS)
    return kac_fail(err, KAC_EINVAL,
                    "the sheet has %zu by %zu pixels, expected at most %d on a "
                    "side and %d in all; lower count or scale",
                    sheet.sheet_width, sheet.sheet_height, MAX_SIDE,
                    MAX_PIXELS);
  png_image image = describe(&sheet);
  kac_owns(io, 1, pixel_bytes(&sheet));
  kac_owns(io, 1, PNG_IMAGE_PNG_SIZE_MAX(image));
  pick_owns(io);
  kac_status status = check_range(&cfg->range, err);
  if (status == KAC_OK) status = check_sheets(cfg, io, err);
  return status == KAC_OK ? pick_check_name(cfg->file, ".png", err) : status;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *io, void **self, kac_error *err) {
  const struct config *cfg = config;
  struct sheet sheet = lay_out(cfg, io);
  size_t bytes = pixel_bytes(&sheet);
  png_image image = describe(&sheet);
  size_t png_bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
  struct state *state = host->alloc(host, sizeof *state);
  unsigned char *pixel = host->alloc(host, bytes);
  unsigned char *png = host->alloc(host, png_bytes);
  if (!state || !pixel || !png)
    return kac_fail(err, KAC_ENOMEM, "no memory for a sheet of %zu bytes",
                    bytes);
  int has_range = cfg->range.n == 2;
  *state = (struct state){.host = host,
                          .config = cfg,
                          .sheet = sheet,
                          .black = has_range ? cfg->range.data[0] : -1,
                          .white = has_range ? cfg->range.data[1] : 1,
                          .pixel = pixel,
                          .png = png,
                          .png_bytes = png_bytes};
  *self = state;
  const int64_t how_count[2] = {cfg->pick, cfg->count};
  return pick_create(&state->pick, host, io, how_count, err);
}

/* What is not a number is black. */
static unsigned char level(const struct state *state, double value) {
  double c = (value - state->black) / (state->white - state->black);
  c = c > 0 ? c : 0;
  c = c < 1 ? c : 1;
  return (unsigned char)(255 * c + 0.5);
}

static size_t source(const struct state *state, size_t row, size_t column,
                     size_t channel) {
  const struct sheet *sheet = &state->sheet;
  size_t pixel = row * sheet->width + column;
  if (state->config->layout == INTERLEAVED)
    return pixel * sheet->n_channels + channel;
  return channel * sheet->width * sheet->height + pixel;
}

/* One image with its upper left corner at (top, left) of the sheet. */
static void paint(struct state *state, const double *x, size_t top,
                  size_t left) {
  const struct sheet *sheet = &state->sheet;
  size_t scale = sheet->scale, n_channels = sheet->n_channels;
  for (size_t i = 0; i < sheet->height * scale; i++)
    for (size_t j = 0; j < sheet->width * scale; j++) {
      size_t at = (top + i) * sheet->sheet_width + left + j;
      for (size_t c = 0; c < n_channels; c++)
        state->pixel[at * n_channels + c] =
            level(state, x[source(state, i / scale, j / scale, c)]);
    }
}

static void paint_all(struct state *state, const kac_frame *frame) {
  const struct sheet *sheet = &state->sheet;
  memset(state->pixel, GREY,
         sheet->sheet_width * sheet->sheet_height * sheet->n_channels);
  for (size_t k = 0; k < state->pick.n; k++) {
    size_t row = k / sheet->columns, column = k % sheet->columns;
    paint(state, kac_row(&frame->x, state->pick.row[k].row),
          row * (sheet->height * sheet->scale + sheet->gap),
          column * (sheet->width * sheet->scale + sheet->gap));
  }
}

static kac_status write_sheet(struct state *state, const char *name,
                              kac_error *err) {
  int fd = -1;
  kac_status status = state->host->open_output(state->host, name, &fd, err);
  if (status != KAC_OK || fd < 0) return status;
  png_image image = describe(&state->sheet);
  png_alloc_size_t bytes = state->png_bytes;
  if (png_image_write_to_memory(&image, state->png, &bytes, 0, state->pixel, 0,
                                NULL))
    status = output_write(fd, state->png, bytes, err);
  else
    status = kac_fail(err, KAC_EIO, "the sheet cannot be written as PNG: %.64s",
                      image.message);
  kac_error other;
  kac_status closed = output_close(&fd, status == KAC_OK ? err : &other);
  return status == KAC_OK ? closed : status;
}

static void name_sheet(const struct state *state, const kac_frame *frame,
                       int is_last, char name[NAME_BYTES]) {
  const char *file = state->config->file;
  if (is_last)
    snprintf(name, NAME_BYTES, "%s", file);
  else
    snprintf(name, NAME_BYTES, "%.*s_%06llu.png", (int)strlen(file) - 4, file,
             (unsigned long long)frame->step);
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  struct state *state = self;
  char name[NAME_BYTES];
  uint64_t interval = (uint64_t)state->config->interval;
  int is_last = (frame->flags & KAC_FRAME_FINAL) != 0;
  if (!is_last && (interval == 0 || frame->step % interval != 0)) return KAC_OK;
  kac_status status = pick_rows(&state->pick, frame, err);
  if (status != KAC_OK) return status;
  if (state->pick.n == 0) {
    pick_explain(state->host, "sheet");
    return KAC_OK;
  }
  paint_all(state, frame);
  name_sheet(state, frame, is_last, name);
  return write_sheet(state, name, err);
}

static const kac_observer_ops ops = {sizeof ops, 0, NULL, record, NULL};

static const char *const cites[] = {
    "Portable Network Graphics (PNG) Specification, second edition, W3C 2003",
    NULL};

static const kac_component image = {
    KAC_COMPONENT(KAC_OBSERVER, "image", "contact sheets of images as .png",
                  struct config, params, kac_observer_ops, ops),
    .doc =
        "One sheet of the end and, with interval = k, one of every k-th "
        "step as NAME_000120.png; gaps are grey.",
    .cites = cites, .plan = plan, .create = create};
KAC_MODULE(image)
