#ifndef STUDIO_CAPTURE_H264_DECODER_H
#define STUDIO_CAPTURE_H264_DECODER_H

#include <stdint.h>

/* One decoder of libavcodec. Calls come from one thread at a time. Functions return
 * 0 or a negative error of libavcodec, if nothing else is said. */
typedef struct h264_decoder h264_decoder;

/* What is told of a picture. */
typedef struct h264_picture {
	int width, height; /* even */
	int full;          /* range */
	int matrix;        /* 601, 709, or 0: untold */
	int64_t time;      /* as given to h264_send */
} h264_picture;

int h264_open(h264_decoder **out);
void h264_close(h264_decoder *d);

/* Decodes an access unit, which is not held. An error also tells of a picture that
 * is not whole. */
int h264_send(h264_decoder *d, const uint8_t *data, int size, int64_t time);

/* Takes the next picture: 1 there is one, 0 there is none (yet), negative an error. */
int h264_receive(h264_decoder *d, h264_picture *p);

/* Copies the picture taken last: three planes of its size, one behind the other. */
void h264_copy(const h264_decoder *d, uint8_t *to);

/* Forgets everything: the next access unit is a key frame. */
void h264_flush(h264_decoder *d);

#endif
