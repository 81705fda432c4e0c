package svg

/*
#cgo pkg-config: librsvg-2.0 cairo
#include <stdlib.h>
#include <string.h>
#include <librsvg/rsvg.h>
#include <cairo.h>

// copy of a GError's message for the caller to free; the error is freed.
static char *said(GError *err) {
	char *text = strdup(err && err->message ? err->message : "unknown error");
	if (err) g_error_free(err);
	return text;
}

// studio_svg_parse needs data only until it returns. No base address is set,
// which is what makes librsvg refuse everything but data: addresses.
static RsvgHandle *studio_svg_parse(const void *data, size_t length, char **message) {
	GError *err = NULL;
	RsvgHandle *handle = rsvg_handle_new_from_data(data, length, &err);
	if (!handle) *message = said(err);
	return handle;
}

static void studio_svg_size(RsvgHandle *handle, double *width, double *height) {
	gboolean hasWidth, hasHeight, hasBox;
	RsvgLength w, h;
	RsvgRectangle box;
	rsvg_handle_set_dpi(handle, 96);
	if (rsvg_handle_get_intrinsic_size_in_pixels(handle, width, height)) return;
	rsvg_handle_get_intrinsic_dimensions(handle, &hasWidth, &w, &hasHeight, &h, &hasBox, &box);
	if (hasBox) {
		*width = box.width;
		*height = box.height;
	}
}

// studio_svg_draw draws into pixels, which it needs only until it returns.
static char *studio_svg_draw(RsvgHandle *handle, unsigned char *pixels, int width, int height, int stride) {
	GError *err = NULL;
	char *message = NULL;
	RsvgRectangle viewport = {0, 0, width, height};
	cairo_surface_t *surface = cairo_image_surface_create_for_data(pixels, CAIRO_FORMAT_ARGB32, width, height, stride);
	cairo_t *cr = cairo_create(surface);
	if (!rsvg_handle_render_document(handle, cr, &viewport, &err)) message = said(err);
	else if (cairo_status(cr) != CAIRO_STATUS_SUCCESS) message = strdup(cairo_status_to_string(cairo_status(cr)));
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	cairo_surface_destroy(surface);
	return message;
}

static void studio_svg_free(RsvgHandle *handle) { g_object_unref(handle); }
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"studio/media/picture"
)

// largestSide is the longest side of a drawing in pixels: Cairo's own limit is
// 32767, and no canvas is half as large as this.
const largestSide = 16384

// ErrClosed is what a Document answers after Close.
var ErrClosed = errors.New("svg: document is closed")

// Document is a parsed SVG document, drawn as often as wanted at any size. It
// holds memory outside Go's: Close it.
type Document struct {
	mu     sync.Mutex
	handle *C.RsvgHandle
}

// Render parses doc and draws it once at exactly size; see Document.Draw.
func Render(doc []byte, size picture.Size) (pix []byte, stride int, err error) {
	d, err := NewDocument(doc)
	if err != nil {
		return nil, 0, err
	}
	defer d.Close()
	return d.Draw(size)
}

// NewDocument parses an SVG document (SVG 2 as far as librsvg 2.54 knows it).
// doc is not kept.
func NewDocument(doc []byte) (*Document, error) {
	if len(doc) == 0 {
		return nil, errors.New("parse SVG: document is empty")
	}
	var message *C.char
	handle := C.studio_svg_parse(unsafe.Pointer(&doc[0]), C.size_t(len(doc)), &message)
	if handle == nil {
		return nil, fmt.Errorf("parse SVG: %s", takeString(message))
	}
	return &Document{handle: handle}, nil
}

// Size returns the size that the document itself asks for, in CSS pixels: its
// width and height, or else its viewBox; zeros if it has neither or is closed.
func (d *Document) Size() (width, height float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.handle == nil {
		return 0, 0
	}
	var w, h C.double
	C.studio_svg_size(d.handle, &w, &h)
	return float64(w), float64(h)
}

// Draw draws the whole document, fitted into size as its preserveAspectRatio
// says, onto nothing: pix is size.Height rows of stride bytes, each pixel four
// bytes of premultiplied ARGB in the machine's byte order (Cairo's ARGB32: blue,
// green, red, alpha in memory on every machine that the box runs on).
func (d *Document) Draw(size picture.Size) (pix []byte, stride int, err error) {
	stride = 4 * size.Width
	if err := checkSize(size); err != nil {
		return nil, 0, err
	}
	pix = make([]byte, stride*size.Height)
	return pix, stride, d.drawInto(pix, stride, size)
}

// DrawInto is Draw into memory of the caller's, which is cleared first: at least
// size.Height rows of stride bytes, stride a multiple of 4 and no less than 4
// times the width.
func (d *Document) DrawInto(pix []byte, stride int, size picture.Size) error {
	if err := checkSize(size); err != nil {
		return err
	}
	if stride%4 != 0 || stride < 4*size.Width || len(pix) < stride*size.Height {
		return fmt.Errorf("draw SVG: %d bytes in rows of %d do not hold %dx%d pixels", len(pix), stride, size.Width, size.Height)
	}
	clear(pix[:stride*size.Height])
	return d.drawInto(pix, stride, size)
}

func checkSize(size picture.Size) error {
	if size.Width < 1 || size.Height < 1 || size.Width > largestSide || size.Height > largestSide {
		return fmt.Errorf("draw SVG: size %dx%d is outside 1x1 to %dx%d", size.Width, size.Height, largestSide, largestSide)
	}
	return nil
}

func (d *Document) drawInto(pix []byte, stride int, size picture.Size) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.handle == nil {
		return ErrClosed
	}
	message := C.studio_svg_draw(d.handle, (*C.uchar)(unsafe.Pointer(&pix[0])),
		C.int(size.Width), C.int(size.Height), C.int(stride))
	if message != nil {
		return fmt.Errorf("draw SVG: %s", takeString(message))
	}
	return nil
}

// Close gives the document's memory back. Closing twice does nothing.
func (d *Document) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.handle != nil {
		C.studio_svg_free(d.handle)
		d.handle = nil
	}
}

// takeString copies a C string and frees it.
func takeString(s *C.char) string {
	if s == nil {
		return "unknown error"
	}
	defer C.free(unsafe.Pointer(s))
	return C.GoString(s)
}
