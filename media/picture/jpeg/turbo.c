#include "turbo.h"

#include <string.h>

studio_header studio_read_header(tjhandle handle, const uint8_t *data, size_t size) {
	studio_header h = {0};
	// A warning about the header is an error too: nothing can be said of the rest.
	h.failed = tjDecompressHeader3(handle, data, size, &h.width, &h.height, &h.subsampling, &h.colourspace) != 0;
	return h;
}

int studio_decode(tjhandle handle, const uint8_t *data, size_t size, uint8_t *y, uint8_t *u, uint8_t *v, int stride_y,
                  int stride_c, int width, int height) {
	uint8_t *planes[3] = {y, u, v};
	int strides[3] = {stride_y, stride_c, stride_c};
	// A progressive JPEG of a few bytes can ask for thousands of passes over the picture.
	if (tjDecompressToYUVPlanes(handle, data, size, planes, width, strides, height, TJFLAG_LIMITSCANS) == 0) {
		return STUDIO_DONE;
	}
	if (tjGetErrorCode(handle) != TJERR_WARNING) return STUDIO_FAILED;
	// The library keeps the first warning of a decode. Many cameras pad the data
	// in front of the end marker; whoever reads that has the picture whole.
	if (strstr(tjGetErrorStr2(handle), "extraneous bytes before marker 0xd9") != NULL) return STUDIO_DONE;
	return STUDIO_WARNED;
}

size_t studio_encode(tjhandle handle, uint8_t *out, size_t room, const uint8_t *y, const uint8_t *u, const uint8_t *v,
                     int stride_y, int stride_c, int width, int height, int subsampling, int quality, int flags) {
	const uint8_t *planes[3] = {y, u, v};
	const int strides[3] = {stride_y, stride_c, stride_c};
	unsigned long size = room;
	if (tjCompressFromYUVPlanes(handle, planes, width, strides, height, subsampling, &out, &size, quality,
	                            flags | TJFLAG_NOREALLOC) != 0) {
		return 0;
	}
	return size;
}
