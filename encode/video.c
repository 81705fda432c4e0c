#include "libav.h"

#include <string.h>
#include <libavutil/dict.h>
#include <libavutil/error.h>
#include <libavutil/hwcontext.h>

/* Bit rate, its ceiling and the buffer that both are measured over (one second).
 * An encoder allots bits to pictures as if each lasted one position; where each
 * lasts step of them, it is told so many times the rate, so that a second gets
 * what it should. libx264's wrapper compares these before each picture and
 * reconfigures x264. */
static void set_rate(AVCodecContext *c, int64_t bits_per_second, int step) {
	c->bit_rate = bits_per_second * step;
	c->rc_max_rate = bits_per_second * step;
	c->rc_buffer_size = (int)bits_per_second;
}

static AVDictionary *x264_options(const video_options *o) {
	AVDictionary *opts = NULL;
	av_dict_set(&opts, "preset", o->preset, 0);
	av_dict_set(&opts, "tune", o->tune, 0);
	av_dict_set(&opts, "profile", o->profile, 0);
	av_dict_set(&opts, "forced-idr", "1", 0);
	av_dict_set(&opts, "sc_threshold", "0", 0);
	av_dict_set(&opts, "x264-params", o->x264_params, 0);
	return opts;
}

/* Makes the NV12 frame that pictures go through on their way to the device, and
 * the device's surfaces. */
static int open_device(encoder *e) {
	AVCodecContext *c = e->codec;
	AVBufferRef *device = NULL;
	int ret = av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, NULL, NULL, 0);
	if (ret < 0) return ret;
	c->hw_frames_ctx = av_hwframe_ctx_alloc(device);
	av_buffer_unref(&device);
	e->upload = av_frame_alloc();
	if (!c->hw_frames_ctx || !e->upload) return AVERROR(ENOMEM);
	AVHWFramesContext *surfaces = (AVHWFramesContext *)c->hw_frames_ctx->data;
	surfaces->format = AV_PIX_FMT_VAAPI;
	surfaces->sw_format = AV_PIX_FMT_NV12;
	surfaces->width = c->width;
	surfaces->height = c->height;
	surfaces->initial_pool_size = 8;
	if ((ret = av_hwframe_ctx_init(c->hw_frames_ctx)) < 0) return ret;
	e->upload->format = AV_PIX_FMT_NV12;
	e->upload->width = c->width;
	e->upload->height = c->height;
	return av_frame_get_buffer(e->upload, 0);
}

static int profile_number(const char *name) {
	if (!strcmp(name, "baseline")) return FF_PROFILE_H264_CONSTRAINED_BASELINE;
	return strcmp(name, "high") ? FF_PROFILE_H264_MAIN : FF_PROFILE_H264_HIGH;
}

int encode_video_open(encoder **out, const video_options *o) {
	encoder *e = encode_new(o->name);
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
	set_rate(c, o->bits_per_second, 1);
	if (o->level) c->level = o->level;
	/* The global header fills extradata; the parameter sets still stand before each
	 * key frame, so that a receiver can join anywhere. */
	c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP;

	AVDictionary *opts = NULL;
	int ret = 0;
	if (!strcmp(o->name, "libx264")) {
		opts = x264_options(o);
	} else {
		c->profile = profile_number(o->profile);
		if (!strcmp(o->name, "h264_vaapi")) {
			c->pix_fmt = AV_PIX_FMT_VAAPI;
			av_dict_set(&opts, "rc_mode", "CBR", 0);
			av_dict_set(&opts, "async_depth", "1", 0); /* each picture leaves before the next comes */
			ret = open_device(e);
		}
	}
	if (ret >= 0) ret = avcodec_open2(c, c->codec, &opts);
	av_dict_free(&opts);
	if (ret < 0) {
		encode_free(e);
		return ret;
	}
	*out = e;
	return 0;
}

/* The caller's planes. */
typedef struct planes {
	const uint8_t *y, *u, *v;
	int stride_y, stride_c;
} planes;

/* The planes belong to the caller, who outlives the reference. */
static void keep(void *opaque, uint8_t *data) {}

/* Fills e->frame with a reference to the caller's planes. */
static int lend(encoder *e, const planes *p) {
	AVCodecContext *c = e->codec;
	AVFrame *f = e->frame;
	f->format = AV_PIX_FMT_YUV420P;
	f->width = c->width;
	f->height = c->height;
	f->data[0] = (uint8_t *)p->y;
	f->data[1] = (uint8_t *)p->u;
	f->data[2] = (uint8_t *)p->v;
	f->linesize[0] = p->stride_y;
	f->linesize[1] = f->linesize[2] = p->stride_c;
	/* A frame without a buffer reference would be copied whole by libavcodec. */
	f->buf[0] = av_buffer_create(f->data[0], (size_t)p->stride_y * c->height, keep, NULL,
	                             AV_BUFFER_FLAG_READONLY);
	return f->buf[0] ? 0 : AVERROR(ENOMEM);
}

/* Fills e->frame with a surface of the device that holds the picture. */
static int upload(encoder *e, const planes *p) {
	AVFrame *n = e->upload;
	for (int y = 0; y < n->height; y++)
		memcpy(n->data[0] + (ptrdiff_t)y * n->linesize[0], p->y + (ptrdiff_t)y * p->stride_y, n->width);
	for (int y = 0; y < n->height / 2; y++) {
		uint8_t *to = n->data[1] + (ptrdiff_t)y * n->linesize[1];
		const uint8_t *u = p->u + (ptrdiff_t)y * p->stride_c, *v = p->v + (ptrdiff_t)y * p->stride_c;
		for (int x = 0; x < n->width / 2; x++) {
			to[2 * x] = u[x];
			to[2 * x + 1] = v[x];
		}
	}
	int ret = av_hwframe_get_buffer(e->codec->hw_frames_ctx, e->frame, 0);
	return ret < 0 ? ret : av_hwframe_transfer_data(e->frame, n, 0);
}

int encode_video_send(encoder *e, const uint8_t *y, const uint8_t *u, const uint8_t *v,
                      int stride_y, int stride_c, int64_t pts, int key,
                      int64_t bits_per_second, int step) {
	AVCodecContext *c = e->codec;
	AVFrame *f = e->frame;
	planes p = {y, u, v, stride_y, stride_c};
	set_rate(c, bits_per_second, step);
	int ret = e->upload ? upload(e, &p) : lend(e, &p);
	if (ret >= 0) {
		f->color_range = c->color_range;
		f->color_primaries = c->color_primaries;
		f->color_trc = c->color_trc;
		f->colorspace = c->colorspace;
		f->pts = pts;
		f->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
		ret = avcodec_send_frame(c, f);
	}
	/* Encoders copy what they want to keep, so nobody else can hold the planes now. */
	if (ret >= 0 && !e->upload && av_buffer_get_ref_count(f->buf[0]) != 1) ret = AVERROR_BUG;
	av_frame_unref(f);
	return ret;
}
