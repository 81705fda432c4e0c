#ifndef STUDIO_AVFORMAT_MUX_H
#define STUDIO_AVFORMAT_MUX_H

#include <stdint.h>

/* One muxer with its connection or file. Calls come from one thread at a time,
 * except mux_stop. Those that may block take a limit in milliseconds. Functions
 * return 0 or a negative libavformat error; mux_message then tells what
 * libavformat logged last. */
typedef struct mux mux;

int mux_new(mux **out, const char *format);
void mux_free(mux *m);

/* An option for the next mux_connect, mux_file or mux_header. */
int mux_option(mux *m, const char *key, const char *value);

/* Something that a file says of itself, such as its title. */
int mux_tag(mux *m, const char *name, const char *value);

/* The most streams of one muxer. */
enum { MUX_STREAMS = 32 };

typedef struct mux_stream {
	int codec; /* 'h', 'a', 'o', 'j', 'c' or 'p' for the programme's H.264, AAC, Opus, a
	            * camera's MJPEG, its H.264, 16-bit PCM */
	const char *title;
	int time_base_num, time_base_den;
	int64_t bits_per_second;
	int width, height, rate_num, rate_den;
	int sample_rate, channels;
	const uint8_t *extra;
	int extra_size;
} mux_stream;

int mux_add(mux *m, const mux_stream *s);

int mux_connect(mux *m, const char *url, int limit_ms);

/* Writes to an open file descriptor, which the caller closes after mux_free. A
 * file that is not seekable is only appended to, by whole fragments. */
int mux_file(mux *m, int fd, int seekable);

/* Writes into memory. */
int mux_memory(mux *m);

/* What was written into memory since it was last taken; the bytes hold until the
 * next call that writes. */
int mux_take(mux *m, const uint8_t **data);

int mux_header(mux *m, int limit_ms);

/* Times are in the stream's own time base. */
int mux_write(mux *m, int stream, int64_t pts, int64_t duration, int key,
              const uint8_t *data, int size, int limit_ms);

/* The same for packets whose streams are in order already: nothing is held back and
 * the data are not copied for it. */
int mux_write_in_order(mux *m, int stream, int64_t pts, int64_t duration, int key,
                       const uint8_t *data, int size);

/* Writes what is held back and, if trailer, the end; then closes the connection. */
int mux_close(mux *m, int trailer, int limit_ms);

/* Ends a blocking call in progress and all later ones. Any thread. */
void mux_stop(mux *m);

int mux_timed_out(const mux *m);
int mux_stopped(mux *m);
const char *mux_message(const mux *m);

/* How far the last call got with an RTMP server: 0 no connection, 1 connected,
 * 2 greeted, 3 the application is accepted, 4 the stream key is sent. */
int mux_stage(const mux *m);

/* How many fragments of a file are written; each is written whole in one call. */
int64_t mux_fragments(const mux *m);

void mux_error_text(int code, char *text, int size);
int mux_is_exit(int code);
int mux_is_end(int code);
int mux_errno(int code);

#endif
