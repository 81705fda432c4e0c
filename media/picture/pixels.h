// Loops over pixels that libyuv has not. Strides are in bytes, sizes in pixels
// and even.
#ifndef STUDIO_PIXELS_H
#define STUDIO_PIXELS_H

#include <stddef.h>
#include <stdint.h>

// Compiled once per instruction set, the best one for the processor chosen when
// the program is loaded. Other processors' baselines have what the loops need.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define STUDIO_CLONES \
	__attribute__((target_clones("arch=x86-64-v4", "avx2", "default"), optimize("O3")))
#else
#define STUDIO_CLONES
#endif

// From one coding of levels to another: gains in 1/16384, offsets in 1/64.
typedef struct {
	uint16_t yy;
	int16_t yu, yv, uu, uv, vu, vv;
	int16_t y, u, v;
} studio_conversion;

void studio_convert(uint8_t *dst_y, uint8_t *dst_u, uint8_t *dst_v, ptrdiff_t dst_stride_y, ptrdiff_t dst_stride_c,
                    const uint8_t *src_y, const uint8_t *src_u, const uint8_t *src_v, ptrdiff_t src_stride_y,
                    ptrdiff_t src_stride_c, int width, int height, studio_conversion by);

// Three values to three others: out = by * in + plus.
typedef struct {
	float by[3][3], plus[3];
} studio_affine;

void studio_from_rgba(uint8_t *y, uint8_t *u, uint8_t *v, ptrdiff_t stride_y, ptrdiff_t stride_c,
                      const uint8_t *rgba, ptrdiff_t stride, int width, int height, studio_affine by);

void studio_to_rgba(uint8_t *rgba, ptrdiff_t stride, const uint8_t *y, const uint8_t *u, const uint8_t *v,
                    ptrdiff_t stride_y, ptrdiff_t stride_c, int width, int height, studio_affine by);

// Which columns of a pair of rows have any alpha: from start, before end, even.
typedef struct {
	int32_t start, end;
} studio_span;

void studio_layer_from_argb(uint8_t *y, uint8_t *u, uint8_t *v, uint8_t *a, ptrdiff_t stride_y, ptrdiff_t stride_c,
                            ptrdiff_t stride_a, studio_span *spans, const uint8_t *argb, ptrdiff_t stride, int width,
                            int height, studio_affine by);

void studio_blend(uint8_t *dst_y, uint8_t *dst_u, uint8_t *dst_v, ptrdiff_t dst_stride_y, ptrdiff_t dst_stride_c,
                  const uint8_t *y, const uint8_t *u, const uint8_t *v, const uint8_t *a, ptrdiff_t stride_y,
                  ptrdiff_t stride_c, ptrdiff_t stride_a, const studio_span *spans, int left, int width, int height,
                  int opacity);

// Planes with rounded corners: coverage of the left and the right upper corner, size
// by size values from 0 to 255; the plane is at least twice that size each way.
void studio_copy_rounded(uint8_t *dst, ptrdiff_t dst_stride, const uint8_t *src, ptrdiff_t src_stride, int width,
                         int height, const uint8_t *left, const uint8_t *right, int size);

void studio_fill_rounded(uint8_t *dst, ptrdiff_t stride, uint8_t level, int width, int height, const uint8_t *left,
                         const uint8_t *right, int size);

// Samples src at x, y and every step from there, in 1/65536 of a pixel, which are
// taken to the nearest place on the plane. Steps are at most two pixels.
void studio_resample(uint8_t *dst, ptrdiff_t dst_stride, int width, int height, const uint8_t *src, ptrdiff_t src_stride,
                     int src_width, int src_height, int32_t x, int32_t y, int32_t step_x, int32_t step_y);

#endif
