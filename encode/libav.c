#include "libav.h"

#include <math.h>
#include <string.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>

void encode_error_text(int code, char *text, int size) {
	av_strerror(code, text, size);
}

static encoder *encoder_new(const char *name) {
	av_log_set_level(AV_LOG_QUIET);
	const AVCodec *codec = avcodec_find_encoder_by_name(name);
	if (!codec) return NULL;
	encoder *e = av_mallocz(sizeof *e);
	if (!e) return NULL;
	e->codec = avcodec_alloc_context3(codec);
	e->frame = av_frame_alloc();
	e->packet = av_packet_alloc();
	if (!e->codec || !e->frame || !e->packet) {
		encode_free(e);
		return NULL;
	}
	return e;
}

void encode_free(encoder *e) {
	if (!e) return;
	avcodec_free_context(&e->codec);
	av_frame_free(&e->frame);
	av_packet_free(&e->packet);
	av_free(e);
}

int encode_receive(encoder *e) {
	av_packet_unref(e->packet);
	int ret = avcodec_receive_packet(e->codec, e->packet);
	if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF) return 0;
	return ret < 0 ? ret : 1;
}

int encode_finish(encoder *e) {
	int ret = avcodec_send_frame(e->codec, NULL);
	return ret == AVERROR_EOF ? 0 : ret;
}

/* Bit rate, its ceiling and the buffer that both are measured over (one second).
 * libx264's wrapper compares them before each picture and reconfigures x264. */
static void set_rate(AVCodecContext *c, int64_t bits_per_second) {
	c->bit_rate = bits_per_second;
	c->rc_max_rate = bits_per_second;
	c->rc_buffer_size = (int)bits_per_second;
}

int encode_video_open(encoder **out, const video_options *o) {
	encoder *e = encoder_new("libx264");
	if (!e) return AVERROR_ENCODER_NOT_FOUND;
	AVCodecContext *c = e->codec;
	c->width = o->width;
	c->height = o->height;
	c->pix_fmt = AV_PIX_FMT_YUV420P;
	c->sample_aspect_ratio = (AVRational){1, 1};
	c->time_base = (AVRational){o->rate_den, o->rate_num};
	c->framerate = (AVRational){o->rate_num, o->rate_den};
	c->color_range = AVCOL_RANGE_MPEG;
	c->color_primaries = AVCOL_PRI_BT709;
	c->color_trc = AVCOL_TRC_BT709;
	c->colorspace = AVCOL_SPC_BT709;
	c->chroma_sample_location = AVCHROMA_LOC_LEFT;
	c->max_b_frames = 0;
	c->gop_size = o->key_interval;
	c->keyint_min = o->key_interval;
	c->thread_count = o->threads;
	/* Threads share each picture's slices: frame threads would each add a picture of delay. */
	c->thread_type = FF_THREAD_SLICE;
	set_rate(c, o->bits_per_second);
	/* The global header fills extradata; repeat-headers below still puts the
	 * parameter sets before each key frame, so that a receiver can join anywhere. */
	c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP;

	AVDictionary *opts = NULL;
	av_dict_set(&opts, "preset", o->preset, 0);
	av_dict_set(&opts, "tune", o->tune, 0);
	av_dict_set(&opts, "profile", o->profile, 0);
	av_dict_set(&opts, "forced-idr", "1", 0);
	av_dict_set(&opts, "sc_threshold", "0", 0);
	av_dict_set(&opts, "x264-params", "repeat-headers=1:scenecut=0:open-gop=0:bframes=0", 0);
	int ret = avcodec_open2(c, c->codec, &opts);
	av_dict_free(&opts);
	if (ret < 0) {
		encode_free(e);
		return ret;
	}
	*out = e;
	return 0;
}

/* The planes belong to the caller, who outlives the reference. */
static void keep(void *opaque, uint8_t *data) {}

int encode_video_send(encoder *e, const uint8_t *y, const uint8_t *u, const uint8_t *v,
                      int stride_y, int stride_c, int64_t pts, int key, int64_t bits_per_second) {
	AVCodecContext *c = e->codec;
	AVFrame *f = e->frame;
	if (bits_per_second != c->bit_rate) set_rate(c, bits_per_second);

	f->format = c->pix_fmt;
	f->width = c->width;
	f->height = c->height;
	f->color_range = c->color_range;
	f->color_primaries = c->color_primaries;
	f->color_trc = c->color_trc;
	f->colorspace = c->colorspace;
	f->data[0] = (uint8_t *)y;
	f->data[1] = (uint8_t *)u;
	f->data[2] = (uint8_t *)v;
	f->linesize[0] = stride_y;
	f->linesize[1] = f->linesize[2] = stride_c;
	f->pts = pts;
	f->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	/* A frame without a buffer reference would be copied whole by libavcodec. */
	f->buf[0] = av_buffer_create(f->data[0], (size_t)stride_y * c->height, keep, NULL,
	                             AV_BUFFER_FLAG_READONLY);
	if (!f->buf[0]) {
		av_frame_unref(f);
		return AVERROR(ENOMEM);
	}
	int ret = avcodec_send_frame(c, f);
	/* x264 copies what it wants to keep, so nobody else can hold the planes now. */
	if (ret >= 0 && av_buffer_get_ref_count(f->buf[0]) != 1) ret = AVERROR_BUG;
	av_frame_unref(f);
	return ret;
}

int encode_audio_open(encoder **out, int opus, int64_t bits_per_second) {
	encoder *e = encoder_new(opus ? "libopus" : "aac");
	if (!e) return AVERROR_ENCODER_NOT_FOUND;
	AVCodecContext *c = e->codec;
	c->sample_rate = 48000;
	c->time_base = (AVRational){1, 48000};
	c->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_STEREO;
	c->sample_fmt = opus ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_FLTP;
	c->bit_rate = bits_per_second;
	c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	AVDictionary *opts = NULL;
	if (opus) {
		av_dict_set(&opts, "application", "audio", 0);
		av_dict_set(&opts, "frame_duration", "20", 0);
	} else {
		c->profile = FF_PROFILE_AAC_LOW;
	}
	int ret = avcodec_open2(c, c->codec, &opts);
	av_dict_free(&opts);
	if (ret >= 0) {
		e->frame->format = c->sample_fmt;
		e->frame->nb_samples = c->frame_size;
		e->frame->sample_rate = c->sample_rate;
		ret = av_channel_layout_copy(&e->frame->ch_layout, &c->ch_layout);
	}
	if (ret >= 0) ret = av_frame_get_buffer(e->frame, 0);
	if (ret < 0) {
		encode_free(e);
		return ret;
	}
	*out = e;
	return 0;
}

/* A sample that is not a number would end the AAC encoder; it becomes silence. */
static inline float sound(float x) {
	if (!isfinite(x)) return 0;
	return x > 4 ? 4 : x < -4 ? -4 : x;
}

int encode_audio_send(encoder *e, const float *samples, int n, int64_t pts) {
	AVFrame *f = e->frame;
	f->nb_samples = e->codec->frame_size;
	int ret = av_frame_make_writable(f);
	if (ret < 0) return ret;
	f->nb_samples = n;
	f->pts = pts;
	if (f->format == AV_SAMPLE_FMT_FLTP) {
		float *left = (float *)f->data[0], *right = (float *)f->data[1];
		for (int i = 0; i < n; i++) {
			left[i] = sound(samples[2 * i]);
			right[i] = sound(samples[2 * i + 1]);
		}
	} else {
		float *both = (float *)f->data[0];
		for (int i = 0; i < 2 * n; i++) both[i] = sound(samples[i]);
	}
	return avcodec_send_frame(e->codec, f);
}
