#include "pixels.h"

// Columns of dst made at a time, and the room that their columns of src need when
// src is twice as wide, with the neighbours at both ends.
enum { COLUMNS = 1024, ROOM = 2 * COLUMNS + 4 };

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

static void stretch_row(uint8_t *restrict dst, const uint8_t *restrict src, int n, int32_t at, int32_t step, int32_t most) {
	for (int i = 0; i < n; i++, at += step) {
		const int32_t here = within(at, most);
		dst[i] = between(src[here >> 16], src[(here >> 16) + 1], (uint16_t)((here & 0xffff) >> 8));
	}
}

void studio_resample(uint8_t *dst, ptrdiff_t dst_stride, int width, int height, const uint8_t *src, ptrdiff_t src_stride,
                     int src_width, int src_height, int32_t x, int32_t y, int32_t step_x, int32_t step_y) {
	uint8_t row[ROOM];
	for (int r = 0; r < height; r++, dst += dst_stride, y += step_y) {
		const int32_t down = within(y, (src_height - 1) << 16);
		const uint8_t *above = src + (down >> 16) * src_stride;
		const uint8_t *below = above + ((down >> 16) + 1 < src_height ? src_stride : 0);
		for (int column = 0; column < width; column += COLUMNS) {
			const int n = width - column < COLUMNS ? width - column : COLUMNS;
			const int32_t from = x + column * step_x;
			const int32_t first = within(from >> 16, src_width - 1);
			const int32_t last = within(((from + (n - 1) * step_x) >> 16) + 1, src_width - 1);
			mix_rows(row, above + first, below + first, last - first + 1, (uint16_t)((down & 0xffff) >> 8));
			row[last - first + 1] = row[last - first];
			const int32_t at = from - (first << 16);
			if (step_x == 1 << 16 && at >= 0 && at < 1 << 16) {
				shift_row(dst + column, row, n, (uint16_t)(at >> 8));
			} else {
				stretch_row(dst + column, row, n, at, step_x, (last - first) << 16);
			}
		}
	}
}
