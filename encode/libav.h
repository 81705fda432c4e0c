#ifndef STUDIO_ENCODE_LIBAV_H
#define STUDIO_ENCODE_LIBAV_H

#include <stdint.h>
#include <libavcodec/avcodec.h>

void encode_error_text(int code, char *text, int size);

/* Everything an encoder owns; freed by encode_free. */
typedef struct encoder {
	AVCodecContext *codec;
	AVFrame *frame;
	AVPacket *packet;
	AVFrame *upload; /* NV12 for an encoder that takes surfaces of its device only; else NULL */
} encoder;

/* Makes an encoder that is not open yet; NULL if libavcodec has none of that name. */
encoder *encode_new(const char *name);
void encode_free(encoder *e);

/* Takes the next finished packet into e->packet: 1 there is one, 0 there is none
 * (yet or any more), negative an error. */
int encode_receive(encoder *e);

/* Tells the encoder that nothing more comes; what it still holds can be received. */
int encode_finish(encoder *e);

typedef struct video_options {
	const char *name; /* libavcodec's name of the encoder */
	int width, height;
	int rate_num, rate_den;
	int64_t bits_per_second;
	int key_interval;
	int threads;
	const char *preset, *tune, *profile;
	int level;               /* level_idc; 0: the encoder's choice */
	const char *x264_params; /* as x264 reads them */
} video_options;

int encode_video_open(encoder **out, const video_options *o);

/* Encodes one picture. The planes are read in place and not held after return.
 * bits_per_second is on the programme's clock; step is how many positions lie
 * between pictures. */
int encode_video_send(encoder *e, const uint8_t *y, const uint8_t *u, const uint8_t *v,
                      int stride_y, int stride_c, int64_t pts, int key,
                      int64_t bits_per_second, int step);

/* Opens AAC or Opus: 48 kHz, stereo. */
int encode_audio_open(encoder **out, int opus, int64_t bits_per_second);

/* Encodes n interleaved stereo samples, at most the codec's frame size. */
int encode_audio_send(encoder *e, const float *samples, int n, int64_t pts);

#endif
