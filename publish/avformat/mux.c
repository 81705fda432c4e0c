#include "mux.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/time.h>

struct mux {
	AVFormatContext *oc;
	AVPacket *packet;
	AVDictionary *options;
	AVRational base[MUX_STREAMS]; /* of the packets that come in, by stream */
	atomic_int stop;
	int timed_out;
	int64_t deadline; /* of the call in progress, monotonic microseconds */
	int is_file, fd, begun;
	int64_t fragments;
	uint8_t *made; /* in memory, since it was last taken */
	int made_size;
	unsigned made_room;
	char message[400];
	int stage;
};

/* libavformat tells some reasons (a server's answer, a bad certificate) only in
 * its log. Nothing is printed: error lines are kept for the thread that is in a
 * call, the rest is thrown away. Error lines may hold addresses, so the caller
 * redacts them. */
static __thread char log_tail[400];

/* How far an RTMP handshake got, which libavformat tells in debug lines alone. They
 * are told by their formats: the lines themselves may hold the stream key. */
static __thread int log_stage;

static void keep_stage(const char *format) {
	static const char *const begins[] = {"Handshaking", "Server version", "Creating stream", "Sending publish"};
	for (int i = 0; i < 4; i++)
		if (!strncmp(format, begins[i], strlen(begins[i]))) log_stage = i + 1;
}

static void keep_log(void *object, int level, const char *format, va_list args) {
	if (level == AV_LOG_DEBUG) keep_stage(format);
	if (level > AV_LOG_ERROR) return;
	char line[300];
	vsnprintf(line, sizeof line, format, args);
	size_t n = strlen(line);
	while (n && (line[n - 1] == '\n' || line[n - 1] == ' ')) line[--n] = 0;
	if (!n) return;
	size_t used = strlen(log_tail);
	if (used + n + 3 < sizeof log_tail)
		snprintf(log_tail + used, sizeof log_tail - used, "%s%s", used ? "; " : "", line);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_up(void) {
	av_log_set_callback(keep_log);
	avformat_network_init();
}

static void begin(mux *m, int limit_ms) {
	log_tail[0] = 0;
	log_stage = 0;
	m->message[0] = 0;
	m->timed_out = 0;
	m->deadline = av_gettime_relative() + (int64_t)limit_ms * 1000;
}

static int end(mux *m, int ret) {
	m->deadline = 0;
	m->stage = log_stage;
	if (ret < 0) snprintf(m->message, sizeof m->message, "%s", log_tail);
	return ret;
}

static int interrupted(void *opaque) {
	mux *m = opaque;
	if (atomic_load(&m->stop)) return 1;
	if (m->deadline && av_gettime_relative() > m->deadline) {
		m->timed_out = 1;
		return 1;
	}
	return 0;
}

int mux_new(mux **out, const char *format) {
	pthread_once(&once, set_up);
	mux *m = av_mallocz(sizeof *m);
	if (!m) return AVERROR(ENOMEM);
	m->packet = av_packet_alloc();
	int ret = m->packet ? avformat_alloc_output_context2(&m->oc, NULL, format, NULL) : AVERROR(ENOMEM);
	if (ret < 0) {
		mux_free(m);
		return ret;
	}
	m->oc->interrupt_callback = (AVIOInterruptCB){interrupted, m};
	/* Times begin at 0 already, and a stream that falls silent must not hold the
	 * others back for longer than half a second. */
	m->oc->avoid_negative_ts = 0;
	m->oc->max_interleave_delta = 500000;
	m->oc->flags |= AVFMT_FLAG_FLUSH_PACKETS;
	*out = m;
	return 0;
}

static void free_file(mux *m) {
	if (!m->is_file || !m->oc || !m->oc->pb) return;
	av_freep(&m->oc->pb->buffer);
	avio_context_free(&m->oc->pb);
}

void mux_free(mux *m) {
	if (!m) return;
	free_file(m);
	avformat_free_context(m->oc);
	av_packet_free(&m->packet);
	av_dict_free(&m->options);
	av_free(m->made);
	av_free(m);
}

int mux_option(mux *m, const char *key, const char *value) {
	return av_dict_set(&m->options, key, value, 0);
}

int mux_tag(mux *m, const char *name, const char *value) {
	return av_dict_set(&m->oc->metadata, name, value, 0);
}

int mux_add(mux *m, const mux_stream *s) {
	AVStream *st = avformat_new_stream(m->oc, NULL);
	if (!st) return AVERROR(ENOMEM);
	if (st->index >= (int)(sizeof m->base / sizeof *m->base)) return AVERROR(EINVAL);
	AVRational base = {s->time_base_num, s->time_base_den};
	m->base[st->index] = base;
	st->time_base = base;
	AVCodecParameters *p = st->codecpar;
	p->bit_rate = s->bits_per_second;
	if (s->title[0]) {
		av_dict_set(&st->metadata, "title", s->title, 0);
		av_dict_set(&st->metadata, "handler_name", s->title, 0); /* what MP4 has for it */
	}
	if (s->codec == 'j') { /* as it came: JFIF's colour */
		p->codec_type = AVMEDIA_TYPE_VIDEO;
		p->codec_id = AV_CODEC_ID_MJPEG;
		p->width = s->width;
		p->height = s->height;
		p->color_range = AVCOL_RANGE_JPEG;
		p->color_space = AVCOL_SPC_BT470BG;
		st->avg_frame_rate = st->r_frame_rate = (AVRational){s->rate_num, s->rate_den};
		return 0;
	}
	if (s->codec == 'p') {
		p->codec_type = AVMEDIA_TYPE_AUDIO;
		p->codec_id = AV_CODEC_ID_PCM_S16LE;
		p->format = AV_SAMPLE_FMT_S16;
		p->sample_rate = s->sample_rate;
		p->bits_per_coded_sample = p->bits_per_raw_sample = 16;
		av_channel_layout_default(&p->ch_layout, s->channels);
		p->block_align = 2 * s->channels;
		return 0;
	}
	if (s->codec == 'c') { /* what it says of its colour stands in it */
		p->codec_type = AVMEDIA_TYPE_VIDEO;
		p->codec_id = AV_CODEC_ID_H264;
		p->width = s->width;
		p->height = s->height;
		st->avg_frame_rate = st->r_frame_rate = (AVRational){s->rate_num, s->rate_den};
	} else if (s->codec == 'h') {
		p->codec_type = AVMEDIA_TYPE_VIDEO;
		p->codec_id = AV_CODEC_ID_H264;
		p->format = AV_PIX_FMT_YUV420P;
		p->width = s->width;
		p->height = s->height;
		p->sample_aspect_ratio = st->sample_aspect_ratio = (AVRational){1, 1};
		p->color_range = AVCOL_RANGE_MPEG;
		p->color_primaries = AVCOL_PRI_BT709;
		p->color_trc = AVCOL_TRC_BT709;
		p->color_space = AVCOL_SPC_BT709;
		p->chroma_location = AVCHROMA_LOC_LEFT;
		st->avg_frame_rate = st->r_frame_rate = (AVRational){s->rate_num, s->rate_den};
	} else {
		p->codec_type = AVMEDIA_TYPE_AUDIO;
		p->codec_id = s->codec == 'a' ? AV_CODEC_ID_AAC : AV_CODEC_ID_OPUS;
		p->sample_rate = s->sample_rate;
		av_channel_layout_default(&p->ch_layout, s->channels);
		p->frame_size = s->codec == 'a' ? 1024 : 960;
		p->profile = s->codec == 'a' ? FF_PROFILE_AAC_LOW : FF_PROFILE_UNKNOWN;
	}
	p->extradata = av_mallocz(s->extra_size + AV_INPUT_BUFFER_PADDING_SIZE);
	if (!p->extradata) return AVERROR(ENOMEM);
	memcpy(p->extradata, s->extra, s->extra_size);
	p->extradata_size = s->extra_size;
	return 0;
}

int mux_connect(mux *m, const char *url, int limit_ms) {
	begin(m, limit_ms);
	int ret = avio_open2(&m->oc->pb, url, AVIO_FLAG_WRITE, &m->oc->interrupt_callback, &m->options);
	av_dict_free(&m->options);
	return end(m, ret);
}

static int write_file(void *opaque, uint8_t *data, int size) {
	mux *m = opaque;
	for (int done = 0; done < size;) {
		ssize_t n = write(m->fd, data + done, size - done);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return AVERROR(errno);
		done += n;
	}
	return size;
}

/* The muxer marks where a fragment begins; it is written whole within one call. */
static int write_marked(void *opaque, uint8_t *data, int size, enum AVIODataMarkerType type, int64_t time) {
	mux *m = opaque;
	if (type == AVIO_DATA_MARKER_SYNC_POINT || type == AVIO_DATA_MARKER_BOUNDARY_POINT) m->begun = 1;
	return write_file(opaque, data, size);
}

/* Counts the fragment that the call in progress has written, if it has. */
static int finish_fragment(mux *m) {
	avio_flush(m->oc->pb);
	if (m->oc->pb->error < 0) return m->oc->pb->error;
	if (m->begun) {
		m->begun = 0;
		m->fragments++;
	}
	return 0;
}

static int64_t seek_file(void *opaque, int64_t at, int whence) {
	mux *m = opaque;
	struct stat info;
	if (whence == AVSEEK_SIZE) return fstat(m->fd, &info) < 0 ? AVERROR(errno) : info.st_size;
	int64_t now = lseek(m->fd, at, whence & ~AVSEEK_FORCE);
	return now < 0 ? AVERROR(errno) : now;
}

static int open_own(mux *m, int (*write)(void *, uint8_t *, int), int64_t (*seek)(void *, int64_t, int)) {
	const int size = 1 << 16;
	uint8_t *buffer = av_malloc(size);
	if (!buffer) return AVERROR(ENOMEM);
	m->is_file = 1;
	m->oc->flags |= AVFMT_FLAG_CUSTOM_IO;
	m->oc->pb = avio_alloc_context(buffer, size, 1, m, NULL, write, seek);
	if (m->oc->pb) return 0;
	av_free(buffer);
	return AVERROR(ENOMEM);
}

int mux_file(mux *m, int fd, int seekable) {
	m->fd = fd;
	int ret = open_own(m, write_file, seekable ? seek_file : NULL);
	if (ret < 0 || seekable) return ret;
	m->oc->pb->seekable = 0;
	m->oc->pb->write_data_type = write_marked;
	return 0;
}

static int write_memory(void *opaque, uint8_t *data, int size) {
	mux *m = opaque;
	uint8_t *made = av_fast_realloc(m->made, &m->made_room, m->made_size + size);
	if (!made) return AVERROR(ENOMEM);
	memcpy(made + m->made_size, data, size);
	m->made = made;
	m->made_size += size;
	return size;
}

int mux_memory(mux *m) { return open_own(m, write_memory, NULL); }

int mux_take(mux *m, const uint8_t **data) {
	int size = m->made_size;
	*data = m->made;
	m->made_size = 0;
	return size;
}

int mux_header(mux *m, int limit_ms) {
	begin(m, limit_ms);
	int ret = avformat_write_header(m->oc, &m->options);
	av_dict_free(&m->options);
	if (ret >= 0) {
		avio_flush(m->oc->pb);
		ret = m->oc->pb->error;
	}
	return end(m, ret < 0 ? ret : 0);
}

int mux_write(mux *m, int stream, int64_t pts, int64_t duration, int key,
              const uint8_t *data, int size, int limit_ms) {
	begin(m, limit_ms);
	AVPacket *p = m->packet;
	int ret = av_new_packet(p, size);
	if (ret < 0) return end(m, ret);
	memcpy(p->data, data, size);
	p->stream_index = stream;
	p->pts = p->dts = pts;
	p->duration = duration;
	p->flags = key ? AV_PKT_FLAG_KEY : 0;
	p->time_base = m->base[stream];
	av_packet_rescale_ts(p, m->base[stream], m->oc->streams[stream]->time_base);
	ret = av_interleaved_write_frame(m->oc, p);
	if (ret >= 0) ret = finish_fragment(m);
	return end(m, ret < 0 ? ret : 0);
}

int mux_write_in_order(mux *m, int stream, int64_t pts, int64_t duration, int key,
                       const uint8_t *data, int size) {
	begin(m, 60000);
	AVPacket *p = m->packet;
	p->data = (uint8_t *)data;
	p->size = size;
	p->stream_index = stream;
	p->pts = p->dts = pts;
	p->duration = duration;
	p->flags = key ? AV_PKT_FLAG_KEY : 0;
	av_packet_rescale_ts(p, m->base[stream], m->oc->streams[stream]->time_base);
	int ret = av_write_frame(m->oc, p);
	av_packet_unref(p);
	if (ret >= 0) ret = m->oc->pb->error;
	return end(m, ret < 0 ? ret : 0);
}

int mux_close(mux *m, int trailer, int limit_ms) {
	begin(m, limit_ms);
	int ret = 0;
	if (trailer) ret = av_write_trailer(m->oc);
	if (m->is_file) {
		if (trailer && ret >= 0) ret = finish_fragment(m);
		free_file(m);
	} else if (m->oc->pb) {
		if (!trailer) m->oc->pb->error = AVERROR_EXIT; /* nothing half-written is sent on */
		int closed = avio_closep(&m->oc->pb);
		if (trailer && ret >= 0) ret = closed;
	}
	return end(m, ret < 0 ? ret : 0);
}

void mux_stop(mux *m) { atomic_store(&m->stop, 1); }
int mux_timed_out(const mux *m) { return m->timed_out; }
int mux_stopped(mux *m) { return atomic_load(&m->stop); }
const char *mux_message(const mux *m) { return m->message; }
int mux_stage(const mux *m) { return m->stage; }
int64_t mux_fragments(const mux *m) { return m->fragments; }

void mux_error_text(int code, char *text, int size) { av_strerror(code, text, size); }
int mux_is_exit(int code) { return code == AVERROR_EXIT; }
int mux_is_end(int code) { return code == AVERROR_EOF || code == AVERROR(EIO); }
/* The errno in an error code, 0 if it is one of libavformat's own. */
int mux_errno(int code) { return code < 0 && code > -4096 ? -code : 0; }
