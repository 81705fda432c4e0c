package mixer

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"studio/capture"
	"studio/media/picture"
	"studio/media/picture/jpeg"
	"studio/words"
)

// errNoPicture says that the pool had no free picture: the work is dropped.
var errNoPicture = words.New("no free picture", "画面缓存用完了，请稍后再试")

// Developer turns captured frames into program pictures at the size at which they
// are shown. It belongs to one goroutine.
type Developer struct {
	pool *picture.Pool
	jpeg *jpeg.Decoder
}

// NewDeveloper returns a developer that takes its pictures from pool.
func NewDeveloper(pool *picture.Pool) (*Developer, error) {
	d, err := jpeg.NewDecoder()
	if err != nil {
		return nil, fmt.Errorf("start JPEG decoder: %w", err)
	}
	return &Developer{pool: pool, jpeg: d}, nil
}

// Close frees the decoder.
func (d *Developer) Close() { d.jpeg.Close() }

// Develop returns the whole of f as a limited-range BT.709 picture of the given
// even size, held once. An error means that the frame is damaged or that no
// picture is free.
func (d *Developer) Develop(f *capture.Frame, size picture.Size) (*picture.Picture, error) {
	switch f.Format {
	case capture.MJPEG:
		pic, err := d.jpeg.Decode(d.pool, f.Data, size)
		if errors.Is(err, jpeg.ErrNoPicture) {
			err = errNoPicture
		}
		return pic, err
	case capture.Drawn:
		return d.paint(f.Painter, size)
	default:
		return d.raw(f, size)
	}
}

func (d *Developer) paint(p capture.Painter, size picture.Size) (*picture.Picture, error) {
	pic := d.pool.Get(size)
	if pic == nil {
		return nil, errNoPicture
	}
	p.Paint(pic.View)
	return pic, nil
}

// raw converts at the camera's size and scales afterwards: chroma needs its
// matrix once, and raw cameras are small.
func (d *Developer) raw(f *capture.Frame, size picture.Size) (*picture.Picture, error) {
	whole := picture.Size{Width: f.Width &^ 1, Height: f.Height &^ 1}
	pic := d.pool.Get(whole)
	if pic == nil {
		return nil, errNoPicture
	}
	var err error
	switch f.Format {
	case capture.YUYV:
		err = picture.FromYUYV(pic.View, f.Data, f.Stride, f.Colour)
	case capture.NV12:
		err = picture.FromNV12(pic.View, f.Data, f.Stride, f.Colour)
	case capture.I420:
		err = picture.FromI420(pic.View, f.Data, f.Stride, f.Colour)
	default:
		err = fmt.Errorf("frame format %v cannot be shown", f.Format)
	}
	if err != nil {
		pic.Release()
		return nil, err
	}
	if whole == size {
		return pic, nil
	}
	defer pic.Release()
	scaled := d.pool.Get(size)
	if scaled == nil {
		return nil, errNoPicture
	}
	picture.Scale(scaled.View, pic.View)
	return scaled, nil
}

// Print returns a picture that is there already at another size, which is that of
// the picture turned, held once. An error means that no picture is free.
func (d *Developer) Print(from *picture.Picture, size picture.Size, turn picture.Turn) (*picture.Picture, error) {
	pic := d.pool.Get(size)
	if pic == nil {
		return nil, errNoPicture
	}
	switch flat := turn.Size(size); {
	case turn == (picture.Turn{}):
		picture.Scale(pic.View, from.View)
	case flat == from.Size():
		turn.Apply(pic.View, from.View)
	default:
		scaled := d.pool.Get(flat)
		if scaled == nil {
			pic.Release()
			return nil, errNoPicture
		}
		picture.Scale(scaled.View, from.View)
		turn.Apply(pic.View, scaled.View)
		scaled.Release()
	}
	return pic, nil
}

// darkroom develops a tick's frames on all cores.
type darkroom struct {
	costs *Costs
	jobs  chan *job
	done  sync.WaitGroup
	ended sync.WaitGroup
}

// job is one frame, or a picture made of it before, wanted at one size; err and
// result are its outcome.
type job struct {
	frame  *capture.Frame   // nil: from is meant
	from   *picture.Picture // held by its print
	size   picture.Size
	turn   picture.Turn // of from
	result *picture.Picture
	err    error
}

func (j *job) do(developer *Developer) {
	if j.frame != nil {
		j.result, j.err = developer.Develop(j.frame, j.size)
	} else {
		j.result, j.err = developer.Print(j.from, j.size, j.turn)
	}
}

func newDarkroom(pool *picture.Pool, costs *Costs) (*darkroom, error) {
	workers := runtime.GOMAXPROCS(0)
	d := &darkroom{costs: costs, jobs: make(chan *job, workers)} // one waiting job a worker
	for range workers {
		developer, err := NewDeveloper(pool)
		if err != nil {
			d.close()
			return nil, err
		}
		d.ended.Add(1)
		go d.work(developer)
	}
	return d, nil
}

func (d *darkroom) work(developer *Developer) {
	defer d.ended.Done()
	defer developer.Close()
	for j := range d.jobs {
		d.costs.Measure(Decode, func() { j.do(developer) })
		d.done.Done()
	}
}

// develop returns when every job has its outcome.
func (d *darkroom) develop(jobs []*job) {
	d.done.Add(len(jobs))
	for _, j := range jobs {
		d.jobs <- j
	}
	d.done.Wait()
}

func (d *darkroom) close() {
	close(d.jobs)
	d.ended.Wait()
}
