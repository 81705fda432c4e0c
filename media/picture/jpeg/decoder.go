package jpeg

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
	scratch     [3][]byte
}

// NewDecoder returns a decoder to be closed after use.
func NewDecoder() (*Decoder, error) {
	d := &Decoder{whole: C.tjInitDecompress(), bare: C.tjInitDecompress()}
	if d.whole == nil || d.bare == nil {
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
	d.scratch = [3][]byte{}
}

// frame is a JPEG as it is to be decoded: at a scaled size, of which the even
// part is used.
type frame struct {
	handle        C.tjhandle
	data          []byte
	subsampling   C.int
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
	h, err := readHeader(handle, data)
	if err != nil {
		return nil, err
	}
	f := frame{handle: handle, data: data, subsampling: h.subsampling}
	f.width, f.height = scaled(h.width, h.height, want)
	if want == (picture.Size{}) {
		want = f.used()
	}
	pic := pool.Get(want)
	if pic == nil {
		return nil, ErrNoPicture
	}
	if err := d.decodeInto(pic, f); err != nil {
		pic.Release()
		return nil, err
	}
	return pic, nil
}

// scaled returns the smallest size that the inverse transform can make which is
// not smaller than want, or the whole size.
func scaled(width, height int, want picture.Size) (int, int) {
	if want == (picture.Size{}) {
		return width, height
	}
	for denominator := 8; denominator > 1; denominator /= 2 {
		w, h := (width+denominator-1)/denominator, (height+denominator-1)/denominator
		if w >= want.Width && h >= want.Height {
			return w, h
		}
	}
	return width, height
}

// decodeInto decodes f and brings it to pic's size and to its coding. Planes that
// come out of the decoder as they are wanted are decoded in place; the others go
// through the scratch memory, and each is scaled once, whatever its sampling.
func (d *Decoder) decodeInto(pic *picture.Picture, f frame) error {
	luma, u, v := planes(pic.View)
	exact := pic.Width == f.width && pic.Height == f.height
	direct := exact && f.subsampling == C.TJSAMP_420

	fromY, fromU, fromV := luma, u, v
	if !exact {
		fromY = d.room(0, f)
	}
	if !direct {
		fromU, fromV = d.room(1, f), d.room(2, f)
	}
	if err := f.decode(fromY, fromU, fromV); err != nil {
		return err
	}
	fromY, fromU, fromV = f.crop(fromY, 0), f.crop(fromU, 1), f.crop(fromV, 2)

	pic.Colour = picture.JFIF
	if f.subsampling == C.TJSAMP_420 && fromY.Width*fromY.Height < pic.Width*pic.Height {
		// Growing: fewer pixels to convert before than after.
		convertInPlace(view(fromY, fromU, fromV))
		pic.Colour = picture.Program
	}
	if !exact {
		picture.ScalePlane(luma, fromY)
	}
	switch {
	case f.subsampling == C.TJSAMP_GRAY:
		clearChroma(u)
		clearChroma(v)
	case !direct:
		picture.ScalePlane(u, fromU)
		picture.ScalePlane(v, fromV)
	}
	if pic.Colour != picture.Program {
		convertInPlace(pic.View)
		pic.Colour = picture.Program
	}
	return nil
}

// room returns scratch memory for one plane of f.
func (d *Decoder) room(component int, f frame) picture.Plane {
	if component > 0 && f.subsampling == C.TJSAMP_GRAY {
		return picture.Plane{}
	}
	p := picture.Plane{
		Width:  int(C.tjPlaneWidth(C.int(component), C.int(f.width), f.subsampling)),
		Height: int(C.tjPlaneHeight(C.int(component), C.int(f.height), f.subsampling)),
	}
	p.Stride = (p.Width + 63) &^ 63
	if need := p.Stride * p.Height; cap(d.scratch[component]) < need {
		d.scratch[component] = make([]byte, need)
	}
	p.Pix = d.scratch[component][:cap(d.scratch[component])]
	return p
}

// decode fills the planes, which have f's sampling.
func (f frame) decode(y, u, v picture.Plane) error {
	result := C.studio_decode(f.handle, bytePointer(f.data), C.size_t(len(f.data)),
		bytePointer(y.Pix), bytePointer(u.Pix), bytePointer(v.Pix), C.int(y.Stride), C.int(u.Stride),
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

func planes(v picture.View) (y, u, c picture.Plane) {
	return picture.Plane{Pix: v.Y, Stride: v.StrideY, Width: v.Width, Height: v.Height},
		picture.Plane{Pix: v.U, Stride: v.StrideC, Width: v.Width / 2, Height: v.Height / 2},
		picture.Plane{Pix: v.V, Stride: v.StrideC, Width: v.Width / 2, Height: v.Height / 2}
}

// view is the way back, for planes of an I420 picture.
func view(y, u, v picture.Plane) picture.View {
	return picture.View{
		Y: y.Pix, U: u.Pix, V: v.Pix,
		Width: y.Width, Height: y.Height, StrideY: y.Stride, StrideC: u.Stride,
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
