#include "remux.h"

#include <libavformat/avformat.h>
#include <libavutil/dict.h>

static int stopped(void *opaque) { return *(const volatile int *)opaque; }

static int open_in(AVFormatContext **ic, const char *in, const volatile int *stop) {
	*ic = avformat_alloc_context();
	if (!*ic) return AVERROR(ENOMEM);
	(*ic)->interrupt_callback = (AVIOInterruptCB){stopped, (void *)stop};
	int ret = avformat_open_input(ic, in, NULL, NULL); /* frees it when it fails */
	return ret < 0 ? ret : avformat_find_stream_info(*ic, NULL);
}

static int open_out(AVFormatContext **oc, AVFormatContext *ic, const char *out, const char *const *tags, int tag_count) {
	int ret = avformat_alloc_output_context2(oc, NULL, "matroska", NULL);
	if (ret < 0) return ret;
	for (unsigned i = 0; i < ic->nb_streams; i++) {
		AVStream *st = avformat_new_stream(*oc, NULL);
		if (!st) return AVERROR(ENOMEM);
		if ((ret = avcodec_parameters_copy(st->codecpar, ic->streams[i]->codecpar)) < 0) return ret;
		st->codecpar->codec_tag = 0;
		st->time_base = ic->streams[i]->time_base;
		av_dict_copy(&st->metadata, ic->streams[i]->metadata, 0);
	}
	for (int i = 0; i < tag_count; i++)
		if ((ret = av_dict_set(&(*oc)->metadata, tags[2 * i], tags[2 * i + 1], 0)) < 0) return ret;
	if ((ret = avio_open(&(*oc)->pb, out, AVIO_FLAG_WRITE)) < 0) return ret;
	ret = avformat_write_header(*oc, NULL);
	return ret < 0 ? ret : 0;
}

/* Seeking may have gone back further than there is need: JPEGs before the one that is
 * shown at from, sound before it. Pictures that stand on each other need the key frame
 * that it went back to. */
static int begins(const AVCodecParameters *of, const AVPacket *p, int64_t at, int64_t ends, int64_t from) {
	if (of->codec_type != AVMEDIA_TYPE_VIDEO) return ends > from;
	if (!(p->flags & AV_PKT_FLAG_KEY)) return 0;
	return of->codec_id != AV_CODEC_ID_MJPEG || at + 1000000 / 10 > from;
}

static int copy(AVFormatContext *ic, AVFormatContext *oc, AVPacket *p, int64_t from, int64_t to, const volatile int *stop, int64_t *copied_from) {
	int64_t zero = AV_NOPTS_VALUE, last = 0;
	int ret;
	while ((ret = av_read_frame(ic, p)) >= 0) {
		AVStream *in = ic->streams[p->stream_index], *out = oc->streams[p->stream_index];
		int64_t at = av_rescale_q(p->pts, in->time_base, AV_TIME_BASE_Q);
		int64_t ends = at + av_rescale_q(p->duration, in->time_base, AV_TIME_BASE_Q);
		if (at >= to) break;
		if (*stop) ret = AVERROR_EXIT;
		if (ret >= 0 && p->pts != AV_NOPTS_VALUE && (zero != AV_NOPTS_VALUE || begins(in->codecpar, p, at, ends, from))) {
			if (zero == AV_NOPTS_VALUE) *copied_from = zero = at;
			last = at + 1000000 / 10;
			p->pts = p->dts = FFMAX(0, av_rescale_q(at - zero, AV_TIME_BASE_Q, out->time_base));
			p->duration = av_rescale_q(p->duration, in->time_base, out->time_base);
			p->pos = -1;
			ret = av_interleaved_write_frame(oc, p);
		}
		av_packet_unref(p);
		if (ret < 0) return ret;
	}
	av_packet_unref(p);
	if (ret < 0 && ret != AVERROR_EOF) return ret;
	return zero == AV_NOPTS_VALUE || (last <= from && zero < from) ? AVERROR_EOF : av_write_trailer(oc);
}

int remux(const char *in, const char *out, int64_t from, int64_t to,
          const char *const *tags, int tag_count, const volatile int *stop, int64_t *copied_from) {
	AVFormatContext *ic = NULL, *oc = NULL;
	AVPacket *p = av_packet_alloc();
	int ret = p ? open_in(&ic, in, stop) : AVERROR(ENOMEM);
	if (ret >= 0) ret = open_out(&oc, ic, out, tags, tag_count);
	if (ret >= 0) ret = avformat_seek_file(ic, -1, INT64_MIN, from, from, 0);
	if (ret >= 0) ret = copy(ic, oc, p, from, to, stop, copied_from);
	if (oc && oc->pb) {
		int closed = avio_closep(&oc->pb);
		if (ret >= 0) ret = closed;
	}
	avformat_free_context(oc);
	avformat_close_input(&ic);
	av_packet_free(&p);
	return ret;
}
