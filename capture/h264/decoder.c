#include "decoder.h"

#include <stdlib.h>
#include <string.h>
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>

struct h264_decoder {
	AVCodecContext *codec;
	AVPacket *packet;
	AVFrame *frame;
};

int h264_open(h264_decoder **out) {
	const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_H264);
	h264_decoder *d = calloc(1, sizeof *d);
	int ret = AVERROR(ENOMEM);
	if (!d) return ret;
	if (!codec) {
		free(d);
		return AVERROR_DECODER_NOT_FOUND;
	}
	av_log_set_level(AV_LOG_QUIET); /* faults come back as results */
	d->codec = avcodec_alloc_context3(codec);
	d->packet = av_packet_alloc();
	d->frame = av_frame_alloc();
	if (!d->codec || !d->packet || !d->frame) goto fail;
	/* Threads would each keep a picture back; one core is faster than any camera. */
	d->codec->thread_count = 1;
	d->codec->flags |= AV_CODEC_FLAG_LOW_DELAY;
	/* Half a picture is an error, not something to be made up. */
	d->codec->err_recognition = AV_EF_EXPLODE | AV_EF_BITSTREAM | AV_EF_BUFFER;
	if ((ret = avcodec_open2(d->codec, codec, NULL)) < 0) goto fail;
	*out = d;
	return 0;
fail:
	h264_close(d);
	return ret;
}

void h264_close(h264_decoder *d) {
	if (!d) return;
	avcodec_free_context(&d->codec);
	av_packet_free(&d->packet);
	av_frame_free(&d->frame);
	free(d);
}

int h264_send(h264_decoder *d, const uint8_t *data, int size, int64_t time) {
	d->packet->data = (uint8_t *)data; /* libavcodec copies what has no reference of its own */
	d->packet->size = size;
	d->packet->pts = d->packet->dts = time;
	int ret = avcodec_send_packet(d->codec, d->packet);
	d->packet->data = NULL;
	d->packet->size = 0;
	return ret;
}

static int matrix(enum AVColorSpace space) {
	switch (space) {
	case AVCOL_SPC_BT470BG:
	case AVCOL_SPC_SMPTE170M:
	case AVCOL_SPC_FCC:
		return 601;
	case AVCOL_SPC_BT709:
	case AVCOL_SPC_SMPTE240M: /* these are nearer to BT.709 than to BT.601 */
	case AVCOL_SPC_BT2020_NCL:
	case AVCOL_SPC_BT2020_CL:
		return 709;
	default:
		return 0;
	}
}

int h264_receive(h264_decoder *d, h264_picture *p) {
	AVFrame *f = d->frame;
	int ret = avcodec_receive_frame(d->codec, f);
	if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF) return 0;
	if (ret < 0) return ret;
	if (f->decode_error_flags || f->flags & AV_FRAME_FLAG_CORRUPT) return AVERROR_INVALIDDATA;
	if (f->format != AV_PIX_FMT_YUV420P && f->format != AV_PIX_FMT_YUVJ420P) return AVERROR_PATCHWELCOME;
	p->width = f->width & ~1;
	p->height = f->height & ~1;
	p->full = f->color_range == AVCOL_RANGE_JPEG || f->format == AV_PIX_FMT_YUVJ420P;
	p->matrix = matrix(f->colorspace);
	p->time = f->pts;
	return 1;
}

static uint8_t *copy_plane(uint8_t *to, const uint8_t *from, int stride, int width, int height) {
	for (int y = 0; y < height; y++, to += width) memcpy(to, from + (ptrdiff_t)y * stride, width);
	return to;
}

void h264_copy(const h264_decoder *d, uint8_t *to) {
	const AVFrame *f = d->frame;
	int width = f->width & ~1, height = f->height & ~1;
	to = copy_plane(to, f->data[0], f->linesize[0], width, height);
	to = copy_plane(to, f->data[1], f->linesize[1], width / 2, height / 2);
	copy_plane(to, f->data[2], f->linesize[2], width / 2, height / 2);
}

void h264_flush(h264_decoder *d) { avcodec_flush_buffers(d->codec); }
