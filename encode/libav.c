#include "libav.h"

#include <libavutil/error.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>

void encode_error_text(int code, char *text, int size) {
	av_strerror(code, text, size);
}

encoder *encode_new(const char *name) {
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
	av_frame_free(&e->upload);
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
