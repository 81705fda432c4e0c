package svg

/*
#cgo pkg-config: pangocairo pango glib-2.0
#include <stdlib.h>
#include <pango/pangocairo.h>

// A layout set up as librsvg sets its own text up: sizes in user units, no
// rounding of advances to whole pixels.
static PangoLayout *studio_text_layout(const char *text, int length, const char *family, double size,
		int weight, int italic, double spacing) {
	PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	cairo_font_options_t *options = cairo_font_options_create();
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(context, options);
	cairo_font_options_destroy(options);
	pango_context_set_round_glyph_positions(context, FALSE);

	PangoFontDescription *font = pango_font_description_new();
	pango_font_description_set_family(font, family);
	pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
	pango_font_description_set_weight(font, weight);
	pango_font_description_set_style(font, italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);

	PangoLayout *layout = pango_layout_new(context);
	g_object_unref(context);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	if (spacing != 0) {
		PangoAttrList *list = pango_attr_list_new();
		pango_attr_list_insert(list, pango_attr_letter_spacing_new(spacing * PANGO_SCALE));
		pango_layout_set_attributes(layout, list);
		pango_attr_list_unref(list);
	}
	pango_layout_set_text(layout, text, length);
	return layout;
}

static void studio_text_measure(const char *text, int length, const char *family, double size,
		int weight, int italic, double spacing, double *width, double *ascent, double *descent, int *unknown) {
	PangoLayout *layout = studio_text_layout(text, length, family, size, weight, italic, spacing);
	PangoRectangle logical;
	pango_layout_get_extents(layout, NULL, &logical);
	int baseline = pango_layout_get_baseline(layout);
	*width = (double)logical.width / PANGO_SCALE;
	*ascent = (double)(baseline - logical.y) / PANGO_SCALE;
	*descent = (double)(logical.y + logical.height - baseline) / PANGO_SCALE;
	*unknown = pango_layout_get_unknown_glyphs_count(layout);
	g_object_unref(layout);
}

// Line breaks of text at width: the byte each line starts at goes into starts.
static int studio_text_wrap(const char *text, int length, const char *family, double size,
		int weight, int italic, double spacing, double width, int *starts, int most) {
	PangoLayout *layout = studio_text_layout(text, length, family, size, weight, italic, spacing);
	pango_layout_set_width(layout, width * PANGO_SCALE);
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	int count = 0;
	for (GSList *l = pango_layout_get_lines_readonly(layout); l; l = l->next) {
		if (count < most) starts[count] = ((PangoLayoutLine *)l->data)->start_index;
		count++;
	}
	g_object_unref(layout);
	return count;
}
*/
import "C"

import (
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Font is a face at a size, in the words of CSS.
type Font struct {
	Family        string  // "Noto Sans CJK SC"; a list by commas is tried in order
	Size          float64 // font-size in user units
	Weight        int     // 100 to 900; 0 means 400
	Italic        bool
	LetterSpacing float64 // added after each letter, in user units
}

// Extent is the room that one line of text takes, in user units.
type Extent struct {
	Width           float64
	Ascent, Descent float64 // above and below the baseline
	Unknown         int     // characters for which no installed font has a glyph
}

// Measure returns the room that text takes in one line, shaped as librsvg will
// shape it when it draws a text element in the same font.
func Measure(text string, font Font) Extent {
	if text == "" {
		return Extent{}
	}
	c := newTextArguments(text, font)
	defer c.free()
	var width, ascent, descent C.double
	var unknown C.int
	C.studio_text_measure(c.text, c.length, c.family, c.size, c.weight, c.italic, c.spacing,
		&width, &ascent, &descent, &unknown)
	return Extent{Width: float64(width), Ascent: float64(ascent), Descent: float64(descent), Unknown: int(unknown)}
}

// Wrap breaks text into lines no wider than width, at the places that Unicode's
// line breaking allows (between Chinese characters, never before a full stop),
// within a word only if the word alone is too wide. Spaces at the breaks go.
func Wrap(text string, font Font, width float64) []string {
	if text == "" || width <= 0 {
		return []string{text}
	}
	c := newTextArguments(text, font)
	defer c.free()
	starts := make([]C.int, utf8.RuneCountInString(c.clean)+1)
	count := int(C.studio_text_wrap(c.text, c.length, c.family, c.size, c.weight, c.italic, c.spacing,
		C.double(width), &starts[0], C.int(len(starts))))
	lines := make([]string, 0, count)
	for i := range min(count, len(starts)) {
		end := len(c.clean)
		if i+1 < count {
			end = int(starts[i+1])
		}
		lines = append(lines, strings.TrimSpace(c.clean[starts[i]:end]))
	}
	return lines
}

// textArguments is text and font as C wants them.
type textArguments struct {
	clean        string
	text, family *C.char
	length       C.int
	size         C.double
	weight       C.int
	italic       C.int
	spacing      C.double
}

func newTextArguments(text string, font Font) textArguments {
	clean := strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
	a := textArguments{
		clean:   clean,
		text:    C.CString(clean),
		length:  C.int(len(clean)),
		family:  C.CString(font.Family),
		size:    C.double(font.Size),
		weight:  C.int(font.Weight),
		spacing: C.double(font.LetterSpacing),
	}
	if font.Weight == 0 {
		a.weight = 400
	}
	if font.Italic {
		a.italic = 1
	}
	return a
}

func (a textArguments) free() {
	C.free(unsafe.Pointer(a.text))
	C.free(unsafe.Pointer(a.family))
}
