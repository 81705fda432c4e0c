package clip

/*
#cgo pkg-config: libavformat libavcodec libavutil
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

typedef struct {
	AVFormatContext *format;
	AVCodecContext *decoder; // NULL for MJPEG, which is passed on undecoded
	AVStream *stream;
	AVPacket *packet;
	AVFrame *frame;
	int draining;
	atomic_int stop;
} clip_file;

// Results that are no libav errors.
enum { CLIP_NO_VIDEO = 1, CLIP_NO_DECODER = 2 };

static int clip_interrupted(void *p) { return atomic_load(&((clip_file *)p)->stop); }
static void clip_stop(clip_file *c, int stop) { atomic_store(&c->stop, stop); }

static void clip_close(clip_file *c) {
	avcodec_free_context(&c->decoder);
	avformat_close_input(&c->format);
	av_packet_free(&c->packet);
	av_frame_free(&c->frame);
	free(c);
}

static int clip_open(const char *path, clip_file **out) {
	const AVCodec *codec = NULL;
	clip_file *c = calloc(1, sizeof *c);
	int err = AVERROR(ENOMEM), index;
	if (!c) return err;
	av_log_set_level(AV_LOG_QUIET); // faults come back as results
	c->format = avformat_alloc_context();
	c->packet = av_packet_alloc();
	c->frame = av_frame_alloc();
	if (!c->format || !c->packet || !c->frame) goto fail;
	c->format->interrupt_callback.callback = clip_interrupted;
	c->format->interrupt_callback.opaque = c;
	// only files are opened: a playlist inside one must not reach the network
	c->format->protocol_whitelist = av_strdup("file");
	if ((err = avformat_open_input(&c->format, path, NULL, NULL)) < 0) goto fail;
	if ((err = avformat_find_stream_info(c->format, NULL)) < 0) goto fail;
	index = av_find_best_stream(c->format, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
	if (index < 0) {
		err = index == AVERROR_DECODER_NOT_FOUND ? CLIP_NO_DECODER : CLIP_NO_VIDEO;
		goto fail;
	}
	c->stream = c->format->streams[index];
	for (unsigned i = 0; i < c->format->nb_streams; i++)
		if (c->format->streams[i] != c->stream) c->format->streams[i]->discard = AVDISCARD_ALL;
	if (c->stream->codecpar->codec_id != AV_CODEC_ID_MJPEG) {
		err = AVERROR(ENOMEM);
		if (!(c->decoder = avcodec_alloc_context3(codec))) goto fail;
		if ((err = avcodec_parameters_to_context(c->decoder, c->stream->codecpar)) < 0) goto fail;
		c->decoder->pkt_timebase = c->stream->time_base;
		c->decoder->thread_count = 0;
		if ((err = avcodec_open2(c->decoder, codec, NULL)) < 0) goto fail;
	}
	*out = c;
	return 0;
fail:
	clip_close(c);
	return err;
}

// clip_packet reads the next packet of the picture stream into c->packet.
static int clip_packet(clip_file *c) {
	int err;
	for (;;) {
		av_packet_unref(c->packet);
		if ((err = av_read_frame(c->format, c->packet)) < 0) return err;
		if (c->packet->stream_index == c->stream->index && c->packet->size > 0) return 0;
	}
}

// clip_decode decodes the next picture into c->frame.
static int clip_decode(clip_file *c) {
	int err;
	for (;;) {
		err = avcodec_receive_frame(c->decoder, c->frame);
		if (err != AVERROR(EAGAIN)) return err;
		if (c->draining) return AVERROR_EOF;
		err = clip_packet(c);
		if (err == AVERROR_EOF) {
			c->draining = 1;
			err = avcodec_send_packet(c->decoder, NULL);
			if (err < 0) return err;
			continue;
		}
		if (err < 0) return err;
		err = avcodec_send_packet(c->decoder, c->packet);
		av_packet_unref(c->packet);
		if (err < 0) return err;
	}
}

static int clip_rewind(clip_file *c) {
	int err;
	c->draining = 0;
	av_packet_unref(c->packet);
	av_frame_unref(c->frame);
	if (c->decoder) avcodec_flush_buffers(c->decoder);
	// by time where the container has an index, by byte for raw streams
	err = av_seek_frame(c->format, c->stream->index, c->stream->start_time == AV_NOPTS_VALUE ? 0 : c->stream->start_time, AVSEEK_FLAG_BACKWARD);
	if (err < 0) err = av_seek_frame(c->format, -1, 0, AVSEEK_FLAG_BYTE);
	return err < 0 ? err : 0;
}

// clip_raw tells whether the file is pictures one behind the other without any
// times: libavformat invents 25 a second for it.
static int clip_raw(clip_file *c) {
	const char *name = c->format->iformat->name;
	return !strcmp(name, "mjpeg") || !strcmp(name, "jpeg_pipe");
}

// Times in nanoseconds since the stream's first picture; INT64_MIN if untold.
static int64_t clip_time(clip_file *c, int64_t pts) {
	if (pts == AV_NOPTS_VALUE) return INT64_MIN;
	if (c->stream->start_time != AV_NOPTS_VALUE) pts -= c->stream->start_time;
	return av_rescale_q(pts, c->stream->time_base, (AVRational){1, 1000000000});
}
static int64_t clip_packet_time(clip_file *c) {
	if (clip_raw(c)) return INT64_MIN;
	return clip_time(c, c->packet->pts != AV_NOPTS_VALUE ? c->packet->pts : c->packet->dts);
}
static int64_t clip_frame_time(clip_file *c) { return clip_time(c, c->frame->best_effort_timestamp); }

static double clip_rate(clip_file *c) {
	if (clip_raw(c)) return 0;
	AVRational r = c->stream->avg_frame_rate;
	if (r.num <= 0 || r.den <= 0) r = c->stream->r_frame_rate;
	return r.num > 0 && r.den > 0 ? av_q2d(r) : 0;
}

static int clip_colour(enum AVColorRange range, enum AVColorSpace space, enum AVPixelFormat format) {
	int bits = 0;
	if (range == AVCOL_RANGE_JPEG || format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P || format == AV_PIX_FMT_YUVJ444P) bits |= 1;
	if (space == AVCOL_SPC_BT470BG || space == AVCOL_SPC_SMPTE170M || space == AVCOL_SPC_FCC) bits |= 2;
	if (space == AVCOL_SPC_BT709) bits |= 4;
	return bits;
}
static int clip_frame_colour(clip_file *c) { return clip_colour(c->frame->color_range, c->frame->colorspace, c->frame->format); }
static int clip_limited(clip_file *c) { return c->stream->codecpar->color_range == AVCOL_RANGE_MPEG; }

// clip_supported tells whether clip_planes knows the pixel format: planar YUV or
// grey of 8 to 16 bits, and NV12.
static int clip_supported(enum AVPixelFormat format) {
	const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(format);
	if (!d) return 0;
	if (format == AV_PIX_FMT_NV12) return 1;
	if (d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BE)) return 0;
	if (d->nb_components > 1 && !(d->flags & AV_PIX_FMT_FLAG_PLANAR)) return 0;
	return d->comp[0].step == (d->comp[0].depth > 8 ? 2 : 1) && d->log2_chroma_w <= 1 && d->log2_chroma_h <= 1;
}

// clip_plane copies one component at half its resolution where halveX, halveY
// say so (mean of the neighbours), and at 8 bits.
static void clip_plane(unsigned char *dst, int stride, int width, int height,
	const unsigned char *src, int srcStride, int step, int shift, int halveX, int halveY) {
	for (int y = 0; y < height; y++) {
		const unsigned char *a = src + (size_t)(y << halveY) * srcStride, *b = a + (halveY ? srcStride : 0);
		unsigned char *row = dst + (size_t)y * stride;
		if (step == 1 && !halveX && !halveY) {
			memcpy(row, a, width);
			continue;
		}
		for (int x = 0; x < width; x++) {
			int l = (x << halveX) * step, r = l + (halveX ? step : 0);
			unsigned sum;
			if (step == 2 && shift >= 0)
				sum = (a[l] | a[l + 1] << 8) + (a[r] | a[r + 1] << 8) + (b[l] | b[l + 1] << 8) + (b[r] | b[r + 1] << 8);
			else
				sum = a[l] + a[r] + b[l] + b[r];
			row[x] = sum / 4 >> (shift > 0 ? shift : 0);
		}
	}
}

// clip_planes writes c->frame as I420 of an even size: width*height luma bytes,
// then U, then V.
static void clip_planes(clip_file *c, unsigned char *dst, int width, int height) {
	const AVFrame *f = c->frame;
	const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
	int cw = width / 2, ch = height / 2;
	int shift = d->comp[0].depth - 8;
	int step = d->comp[0].depth > 8 ? 2 : 1;
	unsigned char *u = dst + width * height, *v = u + cw * ch;
	clip_plane(dst, width, width, height, f->data[0], f->linesize[0], step, shift, 0, 0);
	if (d->nb_components < 3) {
		memset(u, 128, 2 * cw * ch);
	} else if (f->format == AV_PIX_FMT_NV12) {
		// step 2 without a shift: every second byte
		clip_plane(u, cw, cw, ch, f->data[1], f->linesize[1], 2, -1, 0, 0);
		clip_plane(v, cw, cw, ch, f->data[1] + 1, f->linesize[1], 2, -1, 0, 0);
	} else {
		clip_plane(u, cw, cw, ch, f->data[1], f->linesize[1], step, shift, !d->log2_chroma_w, !d->log2_chroma_h);
		clip_plane(v, cw, cw, ch, f->data[2], f->linesize[2], step, shift, !d->log2_chroma_w, !d->log2_chroma_h);
	}
}

static const char *clip_format_name(int format) {
	const char *name = av_get_pix_fmt_name(format);
	return name ? name : "unknown";
}
static int clip_no_video(void) { return CLIP_NO_VIDEO; }
static int clip_no_decoder(void) { return CLIP_NO_DECODER; }
static int clip_eof(void) { return AVERROR_EOF; }
static int clip_invalid(void) { return AVERROR_INVALIDDATA; }
static void clip_error(int err, char *text, int size) { av_strerror(err, text, size); }
*/
import "C"

import (
	"io"
	"math"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"studio/capture"
	"studio/media/picture"
	"studio/words"
)

// file is an open video file of libavformat and, unless it holds Motion JPEG, a
// decoder of libavcodec.
type file struct {
	width, height int
	rate          float64 // frames a second, 0 if untold
	mjpeg         bool
	colour        picture.Colour // of Motion JPEG

	mu sync.Mutex // guards c against an interrupt while it is closed
	c  *C.clip_file
}

// found is a frame that lies ready in the file.
type found struct {
	at    time.Duration // since the file's first frame
	timed bool          // at is told
}

func openFile(path string) (*file, error) {
	// file: keeps libavformat from taking a name with a colon for an address
	name := C.CString("file:" + path)
	defer C.free(unsafe.Pointer(name))
	f := &file{}
	switch err := C.clip_open(name, &f.c); {
	case err == C.clip_no_video():
		return nil, words.New("holds no pictures", "里面没有画面")
	case err == C.clip_no_decoder():
		return nil, words.New("its pictures are in a coding that this box cannot decode", "它的编码格式本机解不了")
	case err < 0:
		return nil, words.Errorf("cannot be played: %w", "不能播放：%w", said(err))
	}
	p := f.c.stream.codecpar
	f.width, f.height = int(p.width), int(p.height)
	f.rate = float64(C.clip_rate(f.c))
	f.mjpeg = f.c.decoder == nil
	f.colour = picture.JFIF
	if C.clip_limited(f.c) != 0 {
		f.colour.Range = picture.Limited
	}
	if f.width < 2 || f.height < 2 {
		f.close()
		return nil, words.New("cannot be played: no picture in it can be decoded", "不能播放：画面都解不了")
	}
	if !f.mjpeg && C.clip_supported(C.enum_AVPixelFormat(p.format)) == 0 {
		name := C.GoString(C.clip_format_name(p.format))
		f.close()
		return nil, words.Errorf("cannot be played: its pixel format %s is not 4:2:0, 4:2:2 or 4:4:4 YUV", "不能播放：不支持像素格式 %s", name)
	}
	return f, nil
}

// next makes the next frame ready for fill.
func (f *file) next() (found, error) {
	if f.c == nil {
		return found{}, words.New("closed", "已关闭")
	}
	var result C.int
	var at C.int64_t
	if f.mjpeg {
		if result = C.clip_packet(f.c); result == 0 {
			at = C.clip_packet_time(f.c)
		}
	} else {
		if result = C.clip_decode(f.c); result == 0 {
			at = C.clip_frame_time(f.c)
			if C.clip_supported(C.enum_AVPixelFormat(f.c.frame.format)) == 0 {
				return found{}, ErrDamaged
			}
		}
	}
	switch {
	case result == C.clip_eof():
		return found{}, io.EOF
	case result == C.clip_invalid():
		return found{}, ErrDamaged
	case result < 0:
		return found{}, said(result)
	}
	if at == math.MinInt64 {
		return found{}, nil
	}
	return found{at: time.Duration(at), timed: true}, nil
}

// fill copies the frame that next made ready.
func (f *file) fill(frame *capture.Frame) {
	if f.mjpeg {
		n := int(f.c.packet.size)
		frame.Format, frame.Width, frame.Height, frame.Stride = capture.MJPEG, f.width, f.height, 0
		frame.Colour = f.colour
		frame.Data = room(frame, n)
		copy(frame.Data, unsafe.Slice((*byte)(f.c.packet.data), n))
		return
	}
	width, height := int(f.c.frame.width)&^1, int(f.c.frame.height)&^1
	tags := C.clip_frame_colour(f.c)
	frame.Format, frame.Width, frame.Height, frame.Stride = capture.I420, width, height, width
	frame.Colour = colourOf(tags&1 != 0, tags&2 != 0, tags&4 != 0, height)
	frame.Data = room(frame, width*height*3/2)
	C.clip_planes(f.c, (*C.uchar)(&frame.Data[0]), C.int(width), C.int(height))
}

func (f *file) rewind() error {
	if f.c == nil {
		return words.New("closed", "已关闭")
	}
	if result := C.clip_rewind(f.c); result < 0 {
		return said(result)
	}
	return nil
}

// interrupt makes a read that blocks return, or allows reading again.
func (f *file) interrupt(stop bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.c == nil {
		return
	}
	var flag C.int
	if stop {
		flag = 1
	}
	C.clip_stop(f.c, flag)
}

func (f *file) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.c != nil {
		C.clip_close(f.c)
		f.c = nil
	}
}

// said turns an error of libav into ours. Its own words are English; in Chinese it
// is one of few things.
func said(err C.int) error {
	text := make([]C.char, 128)
	C.clip_error(err, &text[0], C.int(len(text)))
	if err > -4096 { // one of the C library's, as AVERROR(e) has it
		return words.Errorf("%[1]s", "%[2]w", C.GoString(&text[0]), syscall.Errno(-err))
	}
	return words.New(C.GoString(&text[0]), "文件已损坏，或不是视频")
}
