#include <string.h>

#include "pixels.h"

// Nearest whole number to n/255, for n up to 255*255; in 16 bits throughout, so
// that a vector register holds as many as it can.
static inline __attribute__((always_inline)) uint16_t by255(uint16_t n) {
	n = (uint16_t)(n + 128);
	return (uint16_t)((uint16_t)(n + (uint16_t)(n >> 8)) >> 8);
}

static inline __attribute__((always_inline)) uint8_t over(uint8_t dst, uint8_t src, uint16_t a) {
	const uint16_t in = (uint16_t)(src * a), left = (uint16_t)(dst * (uint16_t)(255 - a));
	return (uint8_t)by255((uint16_t)(in + left));
}

// Levels from colours that are multiplied by alpha: the way from RGB is linear,
// so one division by alpha at its end undoes all three multiplications. Where
// alpha is 0 so are the colours, and any divisor will do.
STUDIO_CLONES
static void layer_luma(uint8_t *restrict y, uint8_t *restrict alpha, const uint32_t *restrict argb, int width,
                       const studio_affine by) {
	const float red = by.by[0][0] * 255, green = by.by[0][1] * 255, blue = by.by[0][2] * 255, plus = by.plus[0] + 0.5f;
	for (int x = 0; x < width; x++) {
		const int32_t p = (int32_t)argb[x];
		const int32_t a = (p >> 24) & 255;
		const float sum =
			red * (float)((p >> 16) & 255) + green * (float)((p >> 8) & 255) + blue * (float)(p & 255);
		float level = plus + sum / (float)(a + (a == 0));
		level = level > 255.0f ? 255.0f : level;
		y[x] = (uint8_t)(int32_t)level;
		alpha[x] = (uint8_t)a;
	}
}

// The sum of four colours multiplied by alpha over the sum of the four alphas is
// the mean colour weighted by alpha.
STUDIO_CLONES
static void layer_chroma(uint8_t *restrict u, uint8_t *restrict v, const uint32_t *restrict top,
                         const uint32_t *restrict bottom, int pairs, const studio_affine by) {
	const float ur = by.by[1][0] * 255, ug = by.by[1][1] * 255, ub = by.by[1][2] * 255, up = by.plus[1] + 0.5f;
	const float vr = by.by[2][0] * 255, vg = by.by[2][1] * 255, vb = by.by[2][2] * 255, vp = by.plus[2] + 0.5f;
	for (int i = 0; i < pairs; i++) {
		const uint32_t p = top[2 * i], q = top[2 * i + 1], r = bottom[2 * i], s = bottom[2 * i + 1];
		// Two sums in each word: red and blue, alpha and green, 16 bits each.
		const uint32_t rb = (p & 0xff00ff) + (q & 0xff00ff) + (r & 0xff00ff) + (s & 0xff00ff);
		const uint32_t ag = ((p >> 8) & 0xff00ff) + ((q >> 8) & 0xff00ff) + ((r >> 8) & 0xff00ff) + ((s >> 8) & 0xff00ff);
		const int32_t a = (int32_t)(ag >> 16);
		const float red = (float)(int32_t)(rb >> 16), green = (float)(int32_t)(ag & 0xffff),
			    blue = (float)(int32_t)(rb & 0xffff);
		const float whole = 1.0f / (float)(a + (a == 0));
		float to_u = up + (ur * red + ug * green + ub * blue) * whole;
		float to_v = vp + (vr * red + vg * green + vb * blue) * whole;
		to_u = to_u < 0.0f ? 0.0f : to_u > 255.0f ? 255.0f : to_u;
		to_v = to_v < 0.0f ? 0.0f : to_v > 255.0f ? 255.0f : to_v;
		u[i] = (uint8_t)(int32_t)to_u;
		v[i] = (uint8_t)(int32_t)to_v;
	}
}

static int clear_pair(const uint8_t *top, const uint8_t *bottom, int x) {
	return (top[x] | top[x + 1] | bottom[x] | bottom[x + 1]) == 0;
}

// Most of a layer is clear, so go by eight bytes first.
static studio_span span_of(const uint8_t *top, const uint8_t *bottom, int width) {
	int start = 0, end = width;
	uint64_t a, b;
	while (start + 8 <= end) {
		memcpy(&a, top + start, 8);
		memcpy(&b, bottom + start, 8);
		if (a | b) break;
		start += 8;
	}
	while (start < end && clear_pair(top, bottom, start)) start += 2;
	while (end - 8 >= start) {
		memcpy(&a, top + end - 8, 8);
		memcpy(&b, bottom + end - 8, 8);
		if (a | b) break;
		end -= 8;
	}
	while (end > start && clear_pair(top, bottom, end - 2)) end -= 2;
	return (studio_span){start, end};
}

void studio_layer_from_argb(uint8_t *y, uint8_t *u, uint8_t *v, uint8_t *a, ptrdiff_t stride_y, ptrdiff_t stride_c,
                            ptrdiff_t stride_a, studio_span *spans, const uint8_t *argb, ptrdiff_t stride, int width,
                            int height, studio_affine by) {
	for (int row = 0; row < height; row += 2) {
		const uint32_t *top = (const uint32_t *)argb, *bottom = (const uint32_t *)(argb + stride);
		layer_luma(y, a, top, width, by);
		layer_luma(y + stride_y, a + stride_a, bottom, width, by);
		layer_chroma(u, v, top, bottom, width / 2, by);
		*spans++ = span_of(a, a + stride_a, width);
		argb += 2 * stride;
		y += 2 * stride_y;
		a += 2 * stride_a;
		u += stride_c;
		v += stride_c;
	}
}

STUDIO_CLONES
static void blend_luma(uint8_t *restrict dst, const uint8_t *restrict src, const uint8_t *restrict alpha, int width,
                       uint16_t opacity) {
	for (int x = 0; x < width; x++) {
		dst[x] = over(dst[x], src[x], by255((uint16_t)(alpha[x] * opacity)));
	}
}

STUDIO_CLONES
static void blend_chroma(uint8_t *restrict dst_u, uint8_t *restrict dst_v, const uint8_t *restrict u,
                         const uint8_t *restrict v, const uint8_t *restrict top, const uint8_t *restrict bottom,
                         int pairs, uint16_t opacity) {
	for (int i = 0; i < pairs; i++) {
		const uint16_t sum = (uint16_t)(top[2 * i] + top[2 * i + 1] + bottom[2 * i] + bottom[2 * i + 1] + 2);
		const uint16_t a = by255((uint16_t)((uint16_t)(sum >> 2) * opacity));
		dst_u[i] = over(dst_u[i], u[i], a);
		dst_v[i] = over(dst_v[i], v[i], a);
	}
}

// left is the column of the layer at which the planes given here start; the spans
// count from the layer's own left edge.
void studio_blend(uint8_t *dst_y, uint8_t *dst_u, uint8_t *dst_v, ptrdiff_t dst_stride_y, ptrdiff_t dst_stride_c,
                  const uint8_t *y, const uint8_t *u, const uint8_t *v, const uint8_t *a, ptrdiff_t stride_y,
                  ptrdiff_t stride_c, ptrdiff_t stride_a, const studio_span *spans, int left, int width, int height,
                  int opacity) {
	for (int row = 0; row < height; row += 2, spans++) {
		const int start = spans->start > left ? spans->start - left : 0;
		const int end = spans->end - left < width ? spans->end - left : width;
		if (start < end) {
			const int n = end - start;
			blend_luma(dst_y + start, y + start, a + start, n, (uint16_t)opacity);
			blend_luma(dst_y + dst_stride_y + start, y + stride_y + start, a + stride_a + start, n, (uint16_t)opacity);
			blend_chroma(dst_u + start / 2, dst_v + start / 2, u + start / 2, v + start / 2, a + start,
			             a + stride_a + start, n / 2, (uint16_t)opacity);
		}
		dst_y += 2 * dst_stride_y;
		dst_u += dst_stride_c;
		dst_v += dst_stride_c;
		y += 2 * stride_y;
		a += 2 * stride_a;
		u += stride_c;
		v += stride_c;
	}
}
