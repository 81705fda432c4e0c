#include <string.h>

#include "pixels.h"

static inline __attribute__((always_inline)) uint8_t over(uint8_t dst, uint8_t src, uint16_t covered) {
	const uint16_t n = (uint16_t)(src * covered + dst * (uint16_t)(255 - covered) + 128);
	return (uint8_t)((uint16_t)(n + (n >> 8)) >> 8);
}

STUDIO_CLONES
static void copy_edge(uint8_t *restrict dst, const uint8_t *restrict src, const uint8_t *restrict covered, int n) {
	for (int i = 0; i < n; i++) dst[i] = over(dst[i], src[i], covered[i]);
}

STUDIO_CLONES
static void fill_edge(uint8_t *restrict dst, uint8_t level, const uint8_t *restrict covered, int n) {
	for (int i = 0; i < n; i++) dst[i] = over(dst[i], level, covered[i]);
}

// The row of the corner's coverage that a row of the plane has, -1 between the corners.
static int corner_row(int row, int height, int size) {
	if (row < size) return row;
	if (height - 1 - row < size) return height - 1 - row;
	return -1;
}

void studio_copy_rounded(uint8_t *dst, ptrdiff_t dst_stride, const uint8_t *src, ptrdiff_t src_stride, int width,
                         int height, const uint8_t *left, const uint8_t *right, int size) {
	for (int row = 0; row < height; row++, dst += dst_stride, src += src_stride) {
		const int at = corner_row(row, height, size);
		if (at < 0) {
			memcpy(dst, src, (size_t)width);
			continue;
		}
		copy_edge(dst, src, left + at * size, size);
		memcpy(dst + size, src + size, (size_t)(width - 2 * size));
		copy_edge(dst + width - size, src + width - size, right + at * size, size);
	}
}

void studio_fill_rounded(uint8_t *dst, ptrdiff_t stride, uint8_t level, int width, int height, const uint8_t *left,
                         const uint8_t *right, int size) {
	for (int row = 0; row < height; row++, dst += stride) {
		const int at = corner_row(row, height, size);
		if (at < 0) {
			memset(dst, level, (size_t)width);
			continue;
		}
		fill_edge(dst, level, left + at * size, size);
		memset(dst + size, level, (size_t)(width - 2 * size));
		fill_edge(dst + width - size, level, right + at * size, size);
	}
}
