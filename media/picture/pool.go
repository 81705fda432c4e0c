package picture

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// alignment of plane rows in bytes: one AVX-512 register.
const alignment = 64

// Pool hands out pictures and takes them back, at most Limit at a time. In
// steady state it allocates nothing: pictures of a size that was in use before
// are used again.
type Pool struct {
	limit int

	mu     sync.Mutex
	free   map[Size][]*Picture
	idle   int // pictures in free
	out    int // pictures handed out
	missed atomic.Uint64
}

// NewPool returns a pool of at most limit pictures, handed out and idle together.
func NewPool(limit int) *Pool {
	return &Pool{limit: limit, free: make(map[Size][]*Picture)}
}

// Get returns a picture of the given size, held once and with undefined pixels,
// or nil when limit pictures are out: the caller drops what it was about to do.
// The size must be positive and even.
func (p *Pool) Get(size Size) *Picture {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out >= p.limit {
		p.missed.Add(1)
		return nil
	}
	p.out++
	if list := p.free[size]; len(list) > 0 {
		pic := list[len(list)-1]
		p.free[size] = list[:len(list)-1]
		p.idle--
		pic.refs.Store(1)
		pic.Colour = Program
		return pic
	}
	if p.idle > 0 && p.out+p.idle > p.limit {
		p.forgetOne()
	}
	pic := New(size)
	pic.pool = p
	return pic
}

// forgetOne gives one idle picture of a size no longer asked for to the collector.
func (p *Pool) forgetOne() {
	for size, list := range p.free {
		if len(list) == 0 {
			delete(p.free, size)
			continue
		}
		p.free[size] = list[:len(list)-1]
		p.idle--
		return
	}
}

func (p *Pool) put(pic *Picture) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out--
	size := pic.Size()
	p.free[size] = append(p.free[size], pic)
	p.idle++
}

// Out returns how many pictures are held by somebody.
func (p *Pool) Out() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out
}

// Missed returns how often Get had no picture to give.
func (p *Pool) Missed() uint64 { return p.missed.Load() }

// New returns a picture outside any pool, held once, with undefined pixels.
func New(size Size) *Picture {
	strideY := align(size.Width)
	strideC := align(size.Width / 2)
	lumaBytes, chromaBytes := strideY*size.Height, strideC*size.Height/2
	memory := alignedBytes(lumaBytes + 2*chromaBytes)
	pic := &Picture{View: View{
		Y:     memory[:lumaBytes:lumaBytes],
		U:     memory[lumaBytes : lumaBytes+chromaBytes : lumaBytes+chromaBytes],
		V:     memory[lumaBytes+chromaBytes:],
		Width: size.Width, Height: size.Height,
		StrideY: strideY, StrideC: strideC,
	}}
	pic.refs.Store(1)
	return pic
}

func align(n int) int { return (n + alignment - 1) &^ (alignment - 1) }

func alignedBytes(n int) []byte {
	raw := make([]byte, n+alignment)
	skip := (alignment - int(uintptr(unsafe.Pointer(&raw[0]))%alignment)) % alignment
	return raw[skip : skip+n : skip+n]
}
