package jpeg

// #include "baseline.h"
// #include "turbo.h"
import "C"

import (
	"errors"
	"fmt"

	"studio/media/picture"
)

// Decoder turns JPEGs into program pictures. It keeps its working memory and so
// allocates nothing in steady state; it is for one goroutine at a time.
type Decoder struct {
	// bare is for frames without Huffman tables, which is how many cameras send
	// Motion JPEG: the standard ones are meant (Rec. ITU-T T.81 Annex K.3), but
	// the library takes whatever tables the handle has met before. So whole frames,
	// whose tables may be their own, go through the other handle.
	whole, bare C.tjhandle
	baseline    *C.studio_baseline
	headers     C.studio_frame // here because C is given its address
	scratch     [3][]byte
}

// NewDecoder returns a decoder to be closed after use.
func NewDecoder() (*Decoder, error) {
	d := &Decoder{whole: C.tjInitDecompress(), bare: C.tjInitDecompress(), baseline: C.studio_baseline_new()}
	if d.whole == nil || d.bare == nil || d.baseline == nil {
		d.Close()
		return nil, errors.New("new JPEG decoder: out of memory")
	}
	return d, nil
}

// Close gives the decoder's memory back. It must not be used afterwards.
func (d *Decoder) Close() {
	for _, handle := range []*C.tjhandle{&d.whole, &d.bare} {
		if *handle != nil {
			C.tjDestroy(*handle)
			*handle = nil
		}
	}
	C.studio_baseline_free(d.baseline)
	d.baseline = nil
	d.scratch = [3][]byte{}
}

// frame is a JPEG as it is to be decoded: at a scaled size, of which the even
// part is used.
type frame struct {
	handle      C.tjhandle
	data        []byte
	subsampling C.int
	denominator int // of the scale: 1, 2, 4 or 8

	width, height int // scaled, as the library gives it, may be odd
}

// used returns the size to which the frame is cropped.
func (f frame) used() picture.Size { return picture.Size{Width: f.width &^ 1, Height: f.height &^ 1} }

// Decode returns the JPEG in data as a limited-range BT.709 picture of the wanted
// size, taken from the pool and held once. It decodes at the smallest of 1, 1/2,
// 1/4 and 1/8 that is not smaller than want in either direction, then scales the
// rest of the way without regard to the shape. The zero Size wants the JPEG's own
// size; odd sizes lose a column or a row at the end.
//
// The error is ErrDamaged when the data is not a whole JPEG, ErrNoPicture when
// the pool is empty, or says what this decoder cannot read. data is not kept.
func (d *Decoder) Decode(pool *picture.Pool, data []byte, want picture.Size) (*picture.Picture, error) {
	if want.Width < 0 || want.Height < 0 || want.Width%2 != 0 || want.Height%2 != 0 || (want.Width == 0) != (want.Height == 0) {
		return nil, fmt.Errorf("decode JPEG: wanted size %d×%d is not even and positive", want.Width, want.Height)
	}
	quantisation, huffman := tables(data)
	if !quantisation {
		return nil, fmt.Errorf("%w: no quantisation table", ErrDamaged)
	}
	handle := &d.whole
	if !huffman {
		handle = &d.bare
	}
	pic, err := d.decode(*handle, pool, data, want)
	if errors.Is(err, ErrDamaged) {
		err = errors.Join(err, renew(handle))
	}
	return pic, err
}

// renew replaces a handle that has met damaged data: after some faults (a header
// without a scan) the library goes on with the old frame's state in the next one.
func renew(handle *C.tjhandle) error {
	fresh := C.tjInitDecompress()
	if fresh == nil {
		return errors.New("renew JPEG decoder: out of memory")
	}
	C.tjDestroy(*handle)
	*handle = fresh
	return nil
}

func (d *Decoder) decode(handle C.tjhandle, pool *picture.Pool, data []byte, want picture.Size) (*picture.Picture, error) {
	f, err := newFrame(handle, data, want)
	if err != nil {
		return nil, err
	}
	if want == (picture.Size{}) {
		want = f.used()
	}
	pic := pool.Get(want)
	if pic == nil {
		return nil, ErrNoPicture
	}
	from, ok := d.decodeBaseline(planes(pic.View), f)
	if !ok {
		from, err = d.decodeLibrary(planes(pic.View), f)
	}
	if err != nil {
		pic.Release()
		return nil, err
	}
	bring(pic, from)
	return pic, nil
}

func newFrame(handle C.tjhandle, data []byte, want picture.Size) (frame, error) {
	h, err := readHeader(handle, data)
	if err != nil {
		return frame{}, err
	}
	f := frame{handle: handle, data: data, subsampling: h.subsampling, denominator: denominator(h.width, h.height, want)}
	f.width, f.height = divide(h.width, f.denominator), divide(h.height, f.denominator)
	return f, nil
}

// denominator returns that of the smallest size which the inverse transform can
// make and which is not smaller than want, or 1.
func denominator(width, height int, want picture.Size) int {
	if want == (picture.Size{}) {
		return 1
	}
	for by := 8; by > 1; by /= 2 {
		if divide(width, by) >= want.Width && divide(height, by) >= want.Height {
			return by
		}
	}
	return 1
}

// divide rounds up, as the size of a scaled JPEG does.
func divide(n, by int) int { return (n + by - 1) / by }

// decodeBaseline decodes a JPEG of the kind that cameras send to 4:2:0 (at an
// eighth, chroma may stay twice as high), in place where the size is right. It
// returns false when f is of another kind or damaged: it is not for it to say.
func (d *Decoder) decodeBaseline(to [3]picture.Plane, f frame) (from [3]picture.Plane, ok bool) {
	h := &d.headers
	if !readBaseline(h, f.data) || !scale(h, f.denominator) ||
		divide(int(h.width), f.denominator) != f.width || divide(int(h.height), f.denominator) != f.height {
		return from, false
	}
	from[0] = picture.Plane{Width: f.used().Width, Height: f.used().Height}
	for i := 1; i < int(h.components); i++ {
		from[i] = picture.Plane{Width: f.used().Width / 2, Height: f.used().Height / 2}
		if int(h.component[i].block_height*h.component[i].down*2) > int(h.component[0].block_height*h.component[0].down) {
			from[i].Height = f.used().Height
		}
	}
	for i := range int(h.components) {
		if from[i].Width == to[i].Width && from[i].Height == to[i].Height {
			from[i] = to[i]
		} else {
			from[i] = d.room(i, from[i].Width, from[i].Height)
		}
		c := &h.component[i]
		c.width, c.height, c.stride = C.int32_t(from[i].Width), C.int32_t(from[i].Height), C.int32_t(from[i].Stride)
	}
	ok = C.studio_baseline_decode(d.baseline, bytePointer(f.data), C.size_t(len(f.data)), h,
		bytePointer(from[0].Pix), bytePointer(from[1].Pix), bytePointer(from[2].Pix)) != 0
	return from, ok
}

// decodeLibrary decodes any JPEG, in place where that comes out as it is wanted.
func (d *Decoder) decodeLibrary(to [3]picture.Plane, f frame) (from [3]picture.Plane, err error) {
	exact := to[0].Width == f.width && to[0].Height == f.height
	for i := range from {
		switch {
		case exact && (i == 0 || f.subsampling == C.TJSAMP_420):
			from[i] = to[i]
		case i == 0 || f.subsampling != C.TJSAMP_GRAY:
			from[i] = d.room(i, int(C.tjPlaneWidth(C.int(i), C.int(f.width), f.subsampling)),
				int(C.tjPlaneHeight(C.int(i), C.int(f.height), f.subsampling)))
		}
	}
	if err := f.decode(from); err != nil {
		return from, err
	}
	for i := range from {
		from[i] = f.crop(from[i], i)
	}
	return from, nil
}

// room returns scratch memory for one plane.
func (d *Decoder) room(component, width, height int) picture.Plane {
	p := picture.Plane{Width: width, Height: height, Stride: (width + 63) &^ 63}
	if need := p.Stride * p.Height; cap(d.scratch[component]) < need {
		d.scratch[component] = make([]byte, need)
	}
	p.Pix = d.scratch[component][:cap(d.scratch[component])]
	return p
}

// decode fills the planes, which have f's sampling.
func (f frame) decode(to [3]picture.Plane) error {
	result := C.studio_decode(f.handle, bytePointer(f.data), C.size_t(len(f.data)),
		bytePointer(to[0].Pix), bytePointer(to[1].Pix), bytePointer(to[2].Pix), C.int(to[0].Stride), C.int(to[1].Stride),
		C.int(f.width), C.int(f.height))
	if result != C.STUDIO_DONE {
		return fmt.Errorf("%w: %s", ErrDamaged, reason(f.handle))
	}
	return nil
}

// crop leaves the part of a plane of f that belongs to the even part of the picture.
func (f frame) crop(p picture.Plane, component int) picture.Plane {
	across, down := 1, 1
	if component > 0 {
		across, down = sampling(f.subsampling)
	}
	p.Width = min(p.Width, (f.used().Width+across-1)/across)
	p.Height = min(p.Height, (f.used().Height+down-1)/down)
	return p
}

// sampling returns how many pixels share one chroma value.
func sampling(subsampling C.int) (across, down int) {
	switch subsampling {
	case C.TJSAMP_422:
		return 2, 1
	case C.TJSAMP_420:
		return 2, 2
	case C.TJSAMP_440:
		return 1, 2
	case C.TJSAMP_411:
		return 4, 1
	}
	return 1, 1
}

// bring brings decoded planes to pic's size and to its coding. Those that are not
// pic's own are scaled once, whatever their sampling.
func bring(pic *picture.Picture, from [3]picture.Plane) {
	pic.Colour = picture.JFIF
	if isI420(from) && from[0].Width*from[0].Height < pic.Width*pic.Height {
		// Growing: fewer pixels to convert before than after.
		convertInPlace(view(from))
		pic.Colour = picture.Program
	}
	for i, to := range planes(pic.View) {
		switch {
		case from[i].Pix == nil:
			clearChroma(to)
		case &from[i].Pix[0] != &to.Pix[0]:
			picture.ScalePlane(to, from[i])
		}
	}
	if pic.Colour != picture.Program {
		convertInPlace(pic.View)
		pic.Colour = picture.Program
	}
}

func planes(v picture.View) [3]picture.Plane {
	return [3]picture.Plane{
		{Pix: v.Y, Stride: v.StrideY, Width: v.Width, Height: v.Height},
		{Pix: v.U, Stride: v.StrideC, Width: v.Width / 2, Height: v.Height / 2},
		{Pix: v.V, Stride: v.StrideC, Width: v.Width / 2, Height: v.Height / 2},
	}
}

// isI420 says whether planes are those of a picture, of even size.
func isI420(p [3]picture.Plane) bool {
	return p[0].Width == 2*p[1].Width && p[0].Height == 2*p[1].Height
}

// view is the way back, for planes of an I420 picture.
func view(p [3]picture.Plane) picture.View {
	return picture.View{
		Y: p[0].Pix, U: p[1].Pix, V: p[2].Pix,
		Width: p[0].Width, Height: p[0].Height, StrideY: p[0].Stride, StrideC: p[1].Stride,
	}
}

// convertInPlace takes JFIF levels to the program's.
func convertInPlace(v picture.View) {
	from, to := v, v
	from.Colour, to.Colour = picture.JFIF, picture.Program
	picture.Convert(to, from)
}

func clearChroma(p picture.Plane) {
	for row := range p.Height {
		line := p.Pix[row*p.Stride:][:p.Width]
		for x := range line {
			line[x] = 128
		}
	}
}
