package clip

/*
#cgo pkg-config: libavformat libavcodec libavutil
#include <stdlib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

typedef struct {
	AVFormatContext *format;
	AVCodecContext *decoder;
	AVStream *stream;
	int64_t zero; // when the first picture stands in the file, in nanoseconds
	AVPacket *packet;
	AVFrame *frame;
	int draining;
} sound_file;

static void sound_close(sound_file *s) {
	avcodec_free_context(&s->decoder);
	avformat_close_input(&s->format);
	av_packet_free(&s->packet);
	av_frame_free(&s->frame);
	free(s);
}

static int64_t sound_start(AVStream *s) {
	if (s->start_time == AV_NOPTS_VALUE) return 0;
	return av_rescale_q(s->start_time, s->time_base, (AVRational){1, 1000000000});
}

// sound_open opens the best sound of a file. A file without any, or in a coding that
// cannot be decoded, is an error like any other.
static int sound_open(const char *path, sound_file **out) {
	const AVCodec *codec = NULL;
	sound_file *s = calloc(1, sizeof *s);
	int err = AVERROR(ENOMEM), index;
	if (!s) return err;
	av_log_set_level(AV_LOG_QUIET);
	s->format = avformat_alloc_context();
	s->packet = av_packet_alloc();
	s->frame = av_frame_alloc();
	if (!s->format || !s->packet || !s->frame) goto fail;
	s->format->protocol_whitelist = av_strdup("file");
	if ((err = avformat_open_input(&s->format, path, NULL, NULL)) < 0) goto fail;
	if ((err = avformat_find_stream_info(s->format, NULL)) < 0) goto fail;
	index = av_find_best_stream(s->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	if (index >= 0) s->zero = sound_start(s->format->streams[index]);
	if ((err = av_find_best_stream(s->format, AVMEDIA_TYPE_AUDIO, -1, index, &codec, 0)) < 0) goto fail;
	s->stream = s->format->streams[err];
	for (unsigned i = 0; i < s->format->nb_streams; i++)
		if (s->format->streams[i] != s->stream) s->format->streams[i]->discard = AVDISCARD_ALL;
	err = AVERROR(ENOMEM);
	if (!(s->decoder = avcodec_alloc_context3(codec))) goto fail;
	if ((err = avcodec_parameters_to_context(s->decoder, s->stream->codecpar)) < 0) goto fail;
	s->decoder->pkt_timebase = s->stream->time_base;
	if ((err = avcodec_open2(s->decoder, codec, NULL)) < 0) goto fail;
	*out = s;
	return 0;
fail:
	sound_close(s);
	return err;
}

// sound_next decodes the next block into s->frame. What is damaged is left out.
static int sound_next(sound_file *s) {
	int err;
	for (;;) {
		err = avcodec_receive_frame(s->decoder, s->frame);
		if (err == AVERROR_INVALIDDATA) continue;
		if (err != AVERROR(EAGAIN)) return err;
		if (s->draining) return AVERROR_EOF;
		av_packet_unref(s->packet);
		err = av_read_frame(s->format, s->packet);
		if (err == AVERROR_EOF) {
			s->draining = 1;
			avcodec_send_packet(s->decoder, NULL);
			continue;
		}
		if (err < 0) return err;
		if (s->packet->stream_index != s->stream->index) continue;
		err = avcodec_send_packet(s->decoder, s->packet);
		if (err < 0 && err != AVERROR_INVALIDDATA) return err;
	}
}

static int sound_rewind(sound_file *s) {
	int err;
	s->draining = 0;
	avcodec_flush_buffers(s->decoder);
	err = av_seek_frame(s->format, s->stream->index, s->stream->start_time == AV_NOPTS_VALUE ? 0 : s->stream->start_time, AVSEEK_FLAG_BACKWARD);
	if (err < 0) err = av_seek_frame(s->format, -1, 0, AVSEEK_FLAG_BYTE);
	return err < 0 ? err : 0;
}

// Nanoseconds since the first picture; INT64_MIN if untold.
static int64_t sound_time(sound_file *s) {
	int64_t pts = s->frame->best_effort_timestamp;
	if (pts == AV_NOPTS_VALUE) return INT64_MIN;
	return av_rescale_q(pts, s->stream->time_base, (AVRational){1, 1000000000}) - s->zero;
}

static int sound_channels(sound_file *s) { return s->frame->ch_layout.nb_channels; }

static float sound_sample(const uint8_t *at, enum AVSampleFormat format) {
	switch (format) {
	case AV_SAMPLE_FMT_U8: return (*at - 128) / 128.0f;
	case AV_SAMPLE_FMT_S16: return *(const int16_t *)at / 32768.0f;
	case AV_SAMPLE_FMT_S32: return *(const int32_t *)at / 2147483648.0f;
	case AV_SAMPLE_FMT_S64: return *(const int64_t *)at / 9223372036854775808.0f;
	case AV_SAMPLE_FMT_FLT: return *(const float *)at;
	case AV_SAMPLE_FMT_DBL: return *(const double *)at;
	default: return 0;
	}
}

// sound_samples writes s->frame as interleaved floats.
static void sound_samples(sound_file *s, float *dst) {
	const AVFrame *f = s->frame;
	enum AVSampleFormat format = av_get_packed_sample_fmt(f->format);
	int channels = f->ch_layout.nb_channels, size = av_get_bytes_per_sample(f->format);
	int planar = av_sample_fmt_is_planar(f->format);
	for (int i = 0; i < f->nb_samples; i++)
		for (int c = 0; c < channels; c++)
			*dst++ = sound_sample(planar ? f->extended_data[c] + (size_t)i * size : f->extended_data[0] + ((size_t)i * channels + c) * size, format);
}

static int sound_eof(void) { return AVERROR_EOF; }
*/
import "C"

import (
	"io"
	"math"
	"time"
	"unsafe"

	"studio/media/samples"
)

// soundFile is the sound of an open file. It is opened apart from the pictures, so
// that neither waits for the other's place in the file.
type soundFile struct {
	c  *C.sound_file
	at time.Duration // behind the newest block
}

// openSound returns nil if there is no sound that can be played.
func openSound(path string) *soundFile {
	name := C.CString("file:" + path)
	defer C.free(unsafe.Pointer(name))
	s := &soundFile{}
	if C.sound_open(name, &s.c) < 0 {
		return nil
	}
	return s
}

// HasSound tells whether a file holds sound that can be played.
func HasSound(path string) bool {
	s := openSound(path)
	if s == nil {
		return false
	}
	s.close()
	return true
}

// next returns the next block and where it begins, since the file's first picture;
// io.EOF at the end. b's Data is grown where it must be.
func (s *soundFile) next(b *samples.Captured) (at time.Duration, err error) {
	switch result := C.sound_next(s.c); {
	case result == C.sound_eof():
		return 0, io.EOF
	case result < 0:
		return 0, said(result)
	}
	b.Rate, b.Channels = int(s.c.frame.sample_rate), int(C.sound_channels(s.c))
	n := int(s.c.frame.nb_samples) * b.Channels
	if cap(b.Data) < n {
		b.Data = make([]float32, n)
	}
	b.Data = b.Data[:n]
	if n > 0 {
		C.sound_samples(s.c, (*C.float)(&b.Data[0]))
	}
	if told := C.sound_time(s.c); told != math.MinInt64 {
		s.at = time.Duration(told)
	}
	at = s.at
	s.at += b.Length()
	return at, nil
}

func (s *soundFile) rewind() error {
	s.at = 0
	if result := C.sound_rewind(s.c); result < 0 {
		return said(result)
	}
	return nil
}

func (s *soundFile) close() { C.sound_close(s.c) }
