#include "pixels.h"

// Pixels of a row handled at a time, so that their chroma's share of luma stays
// in the first-level cache.
enum { STRETCH = 1024 };

// High halves of 16-bit products: one instruction for 8, 16 or 32 pixels.
#define HIGH_SIGNED(a, b) ((int16_t)(((int32_t)(a) * (b)) >> 16))
#define HIGH_UNSIGNED(a, b) ((uint16_t)(((uint32_t)(uint16_t)(a) * (uint16_t)(b)) >> 16))

// 1/64 levels to a whole level that fits into a byte. Two steps in 16 bits, which
// the compiler knows as minimum and maximum: as one expression it compares and
// blends, and the whole conversion takes nearly twice as long.
static inline __attribute__((always_inline)) uint8_t to_level(int16_t n) {
	const int16_t most = 255 * 64;
	n = n < 0 ? (int16_t)0 : n;
	n = n > most ? most : n;
	return (uint8_t)(n >> 6);
}

// Every index is read before it is written and no index depends on another, so
// in place is fine: that is what "ivdep" tells the compiler.

STUDIO_CLONES
static void convert_chroma(uint8_t *dst_u, uint8_t *dst_v, int16_t *restrict luma, const uint8_t *src_u,
                           const uint8_t *src_v, int pairs, studio_conversion by) {
#pragma GCC ivdep
	for (int i = 0; i < pairs; i++) {
		const int16_t u = (int16_t)((src_u[i] - 128) * 256);
		const int16_t v = (int16_t)((src_v[i] - 128) * 256);
		const int16_t share = (int16_t)(HIGH_SIGNED(u, by.yu) + HIGH_SIGNED(v, by.yv) + by.y);
		const int16_t to_u = (int16_t)(HIGH_SIGNED(u, by.uu) + HIGH_SIGNED(v, by.uv) + by.u);
		const int16_t to_v = (int16_t)(HIGH_SIGNED(u, by.vu) + HIGH_SIGNED(v, by.vv) + by.v);
		luma[2 * i] = share;
		luma[2 * i + 1] = share;
		dst_u[i] = to_level(to_u);
		dst_v[i] = to_level(to_v);
	}
}

STUDIO_CLONES
static void convert_luma(uint8_t *dst, const uint8_t *src, const int16_t *restrict luma, int width, uint16_t gain) {
#pragma GCC ivdep
	for (int x = 0; x < width; x++) {
		const int16_t y = (int16_t)(HIGH_UNSIGNED(src[x] << 8, gain) + luma[x]);
		dst[x] = to_level(y);
	}
}

void studio_convert(uint8_t *dst_y, uint8_t *dst_u, uint8_t *dst_v, ptrdiff_t dst_stride_y, ptrdiff_t dst_stride_c,
                    const uint8_t *src_y, const uint8_t *src_u, const uint8_t *src_v, ptrdiff_t src_stride_y,
                    ptrdiff_t src_stride_c, int width, int height, studio_conversion by) {
	int16_t luma[STRETCH] __attribute__((aligned(64)));
	for (int row = 0; row < height; row += 2) {
		for (int x = 0; x < width; x += STRETCH) {
			const int n = width - x < STRETCH ? width - x : STRETCH;
			convert_chroma(dst_u + x / 2, dst_v + x / 2, luma, src_u + x / 2, src_v + x / 2, n / 2, by);
			convert_luma(dst_y + x, src_y + x, luma, n, by.yy);
			convert_luma(dst_y + dst_stride_y + x, src_y + src_stride_y + x, luma, n, by.yy);
		}
		dst_y += 2 * dst_stride_y;
		src_y += 2 * src_stride_y;
		dst_u += dst_stride_c;
		dst_v += dst_stride_c;
		src_u += src_stride_c;
		src_v += src_stride_c;
	}
}
