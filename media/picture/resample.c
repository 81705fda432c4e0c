#include <string.h>

#include "pixels.h"

// Columns of dst made at a time, and the room that their columns of src need when
// src is twice as wide, with what is read beyond at the end.
enum { COLUMNS = 1024, LANES = 16, ROOM = 2 * COLUMNS + 4 + LANES + 1 };

typedef uint8_t lanes __attribute__((vector_size(LANES)));
typedef uint16_t wide __attribute__((vector_size(2 * LANES)));

// Where 16 neighbouring samples lie: from base on, each in its place, and how much
// of the next pixel each has. It is the same in every row.
typedef struct {
	int32_t base;
	lanes place, share;
} samples;

static inline __attribute__((always_inline)) int32_t within(int32_t n, int32_t most) {
	n = n < 0 ? 0 : n;
	return n > most ? most : n;
}

static inline __attribute__((always_inline)) uint8_t between(uint8_t a, uint8_t b, uint16_t share) {
	return (uint8_t)((uint16_t)(a * (uint16_t)(256 - share) + b * share + 128) >> 8);
}

STUDIO_CLONES
static void mix_rows(uint8_t *restrict dst, const uint8_t *restrict a, const uint8_t *restrict b, int n, uint16_t share) {
	for (int i = 0; i < n; i++) dst[i] = between(a[i], b[i], share);
}

// Every sample lies equally far between its neighbours: a pan without a zoom.
STUDIO_CLONES
static void shift_row(uint8_t *restrict dst, const uint8_t *restrict src, int n, uint16_t share) {
	for (int i = 0; i < n; i++) dst[i] = between(src[i], src[i + 1], share);
}

// Growing, 16 samples lie within 16 pixels: one shuffle finds them.
STUDIO_CLONES
static void grow_row(uint8_t *restrict dst, const uint8_t *restrict src, const samples *restrict table, int n) {
	for (int i = 0; i < n; i += LANES, table++) {
		lanes a, b;
		memcpy(&a, src + table->base, LANES);
		memcpy(&b, src + table->base + 1, LANES);
		const wide left = __builtin_convertvector(__builtin_shuffle(a, table->place), wide);
		const wide right = __builtin_convertvector(__builtin_shuffle(b, table->place), wide);
		const wide share = __builtin_convertvector(table->share, wide);
		const lanes out = __builtin_convertvector((left * (256 - share) + right * share + 128) >> 8, lanes);
		memcpy(dst + i, &out, n - i < LANES ? (size_t)(n - i) : LANES);
	}
}

static void stretch_row(uint8_t *restrict dst, const uint8_t *restrict src, int n, int32_t at, int32_t step, int32_t most) {
	for (int i = 0; i < n; i++, at += step) {
		const int32_t here = within(at, most);
		dst[i] = between(src[here >> 16], src[(here >> 16) + 1], (uint16_t)((here & 0xffff) >> 8));
	}
}

static void find_samples(samples *table, int n, int32_t at, int32_t step, int32_t most) {
	for (int i = 0; i < n; i += LANES, table++) {
		table->base = within(at, most) >> 16;
		for (int lane = 0; lane < LANES; lane++, at += step) {
			const int32_t here = within(at, most);
			table->place[lane] = (uint8_t)((here >> 16) - table->base);
			table->share[lane] = (uint8_t)((here & 0xffff) >> 8);
		}
	}
}

void studio_resample(uint8_t *dst, ptrdiff_t dst_stride, int width, int height, const uint8_t *src, ptrdiff_t src_stride,
                     int src_width, int src_height, int32_t x, int32_t y, int32_t step_x, int32_t step_y) {
	uint8_t row[ROOM] = {0};
	samples table[COLUMNS / LANES];
	for (int column = 0; column < width; column += COLUMNS) {
		const int n = width - column < COLUMNS ? width - column : COLUMNS;
		const int32_t from = x + column * step_x;
		const int32_t first = within(from >> 16, src_width - 1);
		const int32_t last = within(((from + (n - 1) * step_x) >> 16) + 1, src_width - 1);
		const int32_t at = from - (first << 16), most = (last - first) << 16;
		const int shifts = step_x == 1 << 16 && at >= 0 && at < 1 << 16, grows = step_x <= 1 << 16;
		if (grows && !shifts) find_samples(table, n, at, step_x, most);
		uint8_t *to = dst + column;
		for (int r = 0; r < height; r++, to += dst_stride) {
			const int32_t down = within(y + r * step_y, (src_height - 1) << 16);
			const uint8_t *above = src + (down >> 16) * src_stride;
			const uint8_t *below = above + ((down >> 16) + 1 < src_height ? src_stride : 0);
			mix_rows(row, above + first, below + first, last - first + 1, (uint16_t)((down & 0xffff) >> 8));
			row[last - first + 1] = row[last - first];
			if (shifts) {
				shift_row(to, row, n, (uint16_t)(at >> 8));
			} else if (grows) {
				grow_row(to, row, table, n);
			} else {
				stretch_row(to, row, n, at, step_x, most);
			}
		}
	}
}
