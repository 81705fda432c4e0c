// libturbojpeg's calls as Go can make them: planes one by one instead of in an
// array of pointers, results by value.
#ifndef STUDIO_TURBO_H
#define STUDIO_TURBO_H

#include <stddef.h>
#include <stdint.h>
#include <turbojpeg.h>

// What a JPEG's header says. failed is 0, or 1 and tjGetErrorStr2 says why.
typedef struct {
	int failed, width, height, subsampling, colourspace;
} studio_header;

studio_header studio_read_header(tjhandle handle, const uint8_t *data, size_t size);

// How a decode went.
enum { STUDIO_DONE, STUDIO_WARNED, STUDIO_FAILED };

int studio_decode(tjhandle handle, const uint8_t *data, size_t size, uint8_t *y, uint8_t *u, uint8_t *v, int stride_y,
                  int stride_c, int width, int height);

// Writes a JPEG into out, which must hold tjBufSize bytes, and returns its length,
// or 0 and tjGetErrorStr2 says why.
size_t studio_encode(tjhandle handle, uint8_t *out, size_t room, const uint8_t *y, const uint8_t *u, const uint8_t *v,
                     int stride_y, int stride_c, int width, int height, int subsampling, int quality, int flags);

#endif
