#include "pixels.h"

#define LEVEL(f) ((uint8_t)(int32_t)((f) < 0.0f ? 0.0f : (f) > 255.0f ? 255.0f : (f)))

STUDIO_CLONES
static void rgba_to_luma(uint8_t *restrict y, const uint8_t *restrict rgba, int width, const studio_affine by) {
	const float plus = by.plus[0] + 0.5f;
	for (int x = 0; x < width; x++) {
		const float level = plus + by.by[0][0] * (float)rgba[4 * x] + by.by[0][1] * (float)rgba[4 * x + 1] +
		                    by.by[0][2] * (float)rgba[4 * x + 2];
		y[x] = LEVEL(level);
	}
}

STUDIO_CLONES
static void rgba_to_chroma(uint8_t *restrict u, uint8_t *restrict v, const uint8_t *restrict top,
                           const uint8_t *restrict bottom, int pairs, const studio_affine by) {
	for (int i = 0; i < pairs; i++) {
		const uint8_t *p = top + 8 * i, *q = bottom + 8 * i;
		const float red = 0.25f * (float)(p[0] + p[4] + q[0] + q[4]);
		const float green = 0.25f * (float)(p[1] + p[5] + q[1] + q[5]);
		const float blue = 0.25f * (float)(p[2] + p[6] + q[2] + q[6]);
		const float to_u = by.plus[1] + 0.5f + by.by[1][0] * red + by.by[1][1] * green + by.by[1][2] * blue;
		const float to_v = by.plus[2] + 0.5f + by.by[2][0] * red + by.by[2][1] * green + by.by[2][2] * blue;
		u[i] = LEVEL(to_u);
		v[i] = LEVEL(to_v);
	}
}

void studio_from_rgba(uint8_t *y, uint8_t *u, uint8_t *v, ptrdiff_t stride_y, ptrdiff_t stride_c,
                      const uint8_t *rgba, ptrdiff_t stride, int width, int height, studio_affine by) {
	for (int row = 0; row < height; row += 2) {
		rgba_to_luma(y, rgba, width, by);
		rgba_to_luma(y + stride_y, rgba + stride, width, by);
		rgba_to_chroma(u, v, rgba, rgba + stride, width / 2, by);
		rgba += 2 * stride;
		y += 2 * stride_y;
		u += stride_c;
		v += stride_c;
	}
}

STUDIO_CLONES
static void row_to_rgba(uint8_t *restrict rgba, const uint8_t *restrict y, const uint8_t *restrict u,
                        const uint8_t *restrict v, int width, const studio_affine by) {
	for (int x = 0; x < width; x++) {
		const float fy = (float)y[x], fu = (float)u[x >> 1], fv = (float)v[x >> 1];
		const float red = by.plus[0] + 0.5f + by.by[0][0] * fy + by.by[0][1] * fu + by.by[0][2] * fv;
		const float green = by.plus[1] + 0.5f + by.by[1][0] * fy + by.by[1][1] * fu + by.by[1][2] * fv;
		const float blue = by.plus[2] + 0.5f + by.by[2][0] * fy + by.by[2][1] * fu + by.by[2][2] * fv;
		rgba[4 * x] = LEVEL(red);
		rgba[4 * x + 1] = LEVEL(green);
		rgba[4 * x + 2] = LEVEL(blue);
		rgba[4 * x + 3] = 255;
	}
}

void studio_to_rgba(uint8_t *rgba, ptrdiff_t stride, const uint8_t *y, const uint8_t *u, const uint8_t *v,
                    ptrdiff_t stride_y, ptrdiff_t stride_c, int width, int height, studio_affine by) {
	for (int row = 0; row < height; row++) {
		row_to_rgba(rgba, y, u, v, width, by);
		rgba += stride;
		y += stride_y;
		if (row & 1) {
			u += stride_c;
			v += stride_c;
		}
	}
}
