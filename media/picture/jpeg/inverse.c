#include "scan.h"

#include <string.h>

// The inverse transform works on LANES blocks at a time: one operation is one
// vector instruction for 8, 16 or 32 blocks, and neither of its two passes has to
// turn a block round. It is Loeffler, Ligtenberg and Moschytz's (1989), as in
// libjpeg's jidctint and jidctred, in 16 bits: coefficients with 3 binary places,
// levels with 6. What a picture makes of these is at most a quarter of what they
// hold; sums of anything else go round and do no harm.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define CLONES
#endif

// n times a constant between -1/2 and 1/2: the high half of a 16-bit product.
#define TIMES(n, constant) ((int16_t)((int32_t)(n) * (int32_t)((constant) * 65536) >> 16))

// Eight samples from eight coefficients.
STUDIO_INLINE void inverse_8(const int16_t x[8], int16_t y[8]) {
	const int16_t even0 = (int16_t)(x[0] + x[4]), even1 = (int16_t)(x[0] - x[4]);
	const int16_t even2 = (int16_t)(x[2] - x[6] - TIMES(x[2], 0.4588039) - TIMES(x[6], 0.3065630));
	const int16_t even3 = (int16_t)(x[2] + x[6] + TIMES(x[2], 0.3065630) - TIMES(x[6], 0.4588039));
	const int16_t e0 = (int16_t)(even0 + even3), e1 = (int16_t)(even1 + even2);
	const int16_t e2 = (int16_t)(even1 - even2), e3 = (int16_t)(even0 - even3);

	const int16_t sum17 = (int16_t)(x[1] + x[7]), sum35 = (int16_t)(x[3] + x[5]);
	const int16_t sum37 = (int16_t)(x[3] + x[7]), sum15 = (int16_t)(x[1] + x[5]);
	const int16_t sum = (int16_t)(sum37 + sum15);
	const int16_t all = (int16_t)(sum + TIMES(sum, 0.1758756));
	const int16_t z17 = (int16_t)(TIMES(sum17, 0.1000238) - sum17);
	const int16_t z35 = (int16_t)(TIMES(sum35, 0.4370846) - 3 * sum35);
	const int16_t z37 = (int16_t)(TIMES(sum37, 0.0384294) - 2 * sum37 + all);
	const int16_t z15 = (int16_t)(all - TIMES(sum15, 0.3901806));
	const int16_t o0 = (int16_t)(2 * x[1] - TIMES(x[1], 0.4986789) + z17 + z15);
	const int16_t o1 = (int16_t)(3 * x[3] + TIMES(x[3], 0.0727110) + z35 + z37);
	const int16_t o2 = (int16_t)(2 * x[5] + TIMES(x[5], 0.0531199) + z35 + z15);
	const int16_t o3 = (int16_t)(TIMES(x[7], 0.2986313) + z17 + z37);

	y[0] = (int16_t)(e0 + o0), y[7] = (int16_t)(e0 - o0);
	y[1] = (int16_t)(e1 + o1), y[6] = (int16_t)(e1 - o1);
	y[2] = (int16_t)(e2 + o2), y[5] = (int16_t)(e2 - o2);
	y[3] = (int16_t)(e3 + o3), y[4] = (int16_t)(e3 - o3);
}

// The same eight averaged by two, in which the fourth frequency has gone.
STUDIO_INLINE void inverse_4(const int16_t x[8], int16_t y[8]) {
	const int16_t even = (int16_t)(x[2] - TIMES(x[2], 0.0761205) - TIMES(x[6], 0.3826834));
	const int16_t e0 = (int16_t)(x[0] + even), e1 = (int16_t)(x[0] - even);
	const int16_t o0 = (int16_t)(x[1] + TIMES(x[1], 0.2814577) + TIMES(x[3], 0.4499881) - TIMES(x[5], 0.3006724) -
	                             TIMES(x[7], 0.2548978));
	const int16_t o1 = (int16_t)(x[1] - TIMES(x[1], 0.4692028) - x[3] - TIMES(x[3], 0.0863674) + x[5] -
	                             TIMES(x[5], 0.2741125) - TIMES(x[7], 0.1055821));
	y[0] = (int16_t)(e0 + o0), y[3] = (int16_t)(e0 - o0);
	y[1] = (int16_t)(e1 + o1), y[2] = (int16_t)(e1 - o1);
}

// Averaged by four: all even ones have gone.
STUDIO_INLINE void inverse_2(const int16_t x[8], int16_t y[8]) {
	const int16_t o = (int16_t)(x[1] - TIMES(x[1], 0.0938726) - TIMES(x[3], 0.3181896) + TIMES(x[5], 0.2126075) -
	                            TIMES(x[7], 0.1802400));
	y[0] = (int16_t)(x[0] + o), y[1] = (int16_t)(x[0] - o);
}

STUDIO_INLINE void inverse(int to, const int16_t x[8], int16_t y[8]) {
	switch (to) {
	case 8: inverse_8(x, y); return;
	case 4: inverse_4(x, y); return;
	case 2: inverse_2(x, y); return;
	default: y[0] = x[0];
	}
}

// First pass, from so many coefficients of each column to so many samples, on the
// quantiser's way back.
STUDIO_INLINE void columns(int16_t *restrict batch, const uint8_t *restrict steps, int from, int to) {
	for (int column = 0; column < from; column++) {
		int16_t *const at = batch + column * LANES;
		for (int lane = 0; lane < LANES; lane++) {
			int16_t x[8] = {0}, y[8];
			for (int i = 0; i < from; i++) x[i] = (int16_t)(at[i * 8 * LANES + lane] * (steps[i * 8 + column] * 8));
			inverse(to, x, y);
			for (int i = 0; i < to; i++) at[i * 8 * LANES + lane] = y[i];
		}
	}
}

STUDIO_INLINE uint8_t level(int16_t n) {
	n = (int16_t)(((int16_t)(n + 32) >> 6) + 128);
	n = n < 0 ? (int16_t)0 : n;
	return (uint8_t)(n > 255 ? (int16_t)255 : n);
}

typedef uint8_t sixteen __attribute__((vector_size(16)));

// Brings levels that are in order of place, then block, into order of block, then
// place: each round takes one bit of the place from the front of a level's number
// to its end.
STUDIO_INLINE void interleave(uint8_t levels[8][LANES], int places, uint8_t *out) {
	for (int lane = 0; lane < LANES; lane += 16) {
		sixteen was[8], is[8];
		for (int i = 0; i < places; i++) memcpy(&is[i], &levels[i][lane], sizeof is[i]);
		for (int round = 1; round < places; round *= 2) {
			memcpy(was, is, sizeof was);
			for (int i = 0; i < places / 2; i++) {
				const sixteen a = was[i], b = was[i + places / 2];
				is[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
				is[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
			}
		}
		for (int i = 0; i < places; i++) memcpy(out + lane * places + i * 16, &is[i], sizeof is[i]);
	}
}

// Second pass, from so many coefficients of each row to so many levels.
STUDIO_INLINE void rows(const int16_t *restrict batch, int count, int from, int to, uint8_t *restrict out, ptrdiff_t stride) {
	for (int row = 0; row < count; row++) {
		const int16_t *const at = batch + row * 8 * LANES;
		uint8_t levels[8][LANES] __attribute__((aligned(64)));
		for (int lane = 0; lane < LANES; lane++) {
			int16_t x[8] = {0}, y[8];
			for (int i = 0; i < from; i++) x[i] = at[i * LANES + lane];
			inverse(to, x, y);
			for (int i = 0; i < to; i++) levels[i][lane] = level(y[i]);
		}
		interleave(levels, to, out + row * stride);
	}
}

#define PASSES(from, to)                                                                                         \
	CLONES static void columns_##from##_##to(int16_t *batch, const uint8_t *steps) { columns(batch, steps, from, to); } \
	CLONES static void rows_##from##_##to(const int16_t *batch, int count, uint8_t *out, ptrdiff_t stride) {     \
		rows(batch, count, from, to, out, stride);                                                               \
	}

PASSES(8, 8)
PASSES(8, 4)
PASSES(8, 2)
PASSES(2, 2)
PASSES(2, 1)

void studio_inverse(int16_t *batch, const uint8_t steps[BLOCK], int width, int height, uint8_t *out, ptrdiff_t stride) {
	const int all = studio_wants_all(width, height);
	switch (height) {
	case 8: columns_8_8(batch, steps); break;
	case 4: columns_8_4(batch, steps); break;
	case 2: (all ? columns_8_2 : columns_2_2)(batch, steps); break;
	default: columns_2_1(batch, steps);
	}
	switch (width) {
	case 8: rows_8_8(batch, height, out, stride); break;
	case 4: rows_8_4(batch, height, out, stride); break;
	case 2: (all ? rows_8_2 : rows_2_2)(batch, height, out, stride); break;
	default: rows_2_1(batch, height, out, stride);
	}
	if (all) {
		memset(batch, 0, TRASH * sizeof *batch);
	} else {
		memset(batch, 0, 2 * LANES * sizeof *batch);
		memset(batch + 8 * LANES, 0, 2 * LANES * sizeof *batch);
	}
}
