package picture

import (
	"sync"
	"testing"
	"unsafe"
)

func TestPoolIsBoundedAndReuses(t *testing.T) {
	pool := NewPool(2)
	a, b := pool.Get(Size{64, 36}), pool.Get(Size{32, 18})
	if a == nil || b == nil || pool.Get(Size{64, 36}) != nil {
		t.Fatal("a pool of two must give two")
	}
	if pool.Missed() != 1 || pool.Out() != 2 {
		t.Errorf("missed %d, out %d", pool.Missed(), pool.Out())
	}
	a.Colour = JFIF
	a.Retain()
	a.Release()
	if pool.Out() != 2 {
		t.Error("a picture that is still held came back")
	}
	a.Release()
	again := pool.Get(Size{64, 36})
	if again != a || again.Colour != Program {
		t.Error("the idle picture of that size was not used, or kept its colour")
	}
	again.Release()
	b.Release()
	for _, size := range []Size{{8, 8}, {10, 10}, {12, 12}} {
		pool.Get(size).Release() // idle pictures of other sizes make room
	}
	if pool.idle > 2 || pool.Out() != 0 {
		t.Errorf("%d idle, %d out of a pool of 2", pool.idle, pool.Out())
	}
}

func TestPicturesAreAligned(t *testing.T) {
	pic := New(Size{1918, 1078})
	for i, plane := range [][]byte{pic.Y, pic.U, pic.V} {
		if uintptr(unsafe.Pointer(&plane[0]))%alignment != 0 {
			t.Errorf("plane %d is not aligned", i)
		}
	}
	if pic.StrideY%alignment != 0 || pic.StrideC%alignment != 0 {
		t.Errorf("strides %d and %d", pic.StrideY, pic.StrideC)
	}
}

func TestHoldersAreCounted(t *testing.T) {
	for name, wrong := range map[string]func(*Picture){
		"release": (*Picture).Release,
		"retain":  func(p *Picture) { p.Retain() },
	} {
		t.Run(name, func(t *testing.T) {
			pic := New(Size{2, 2})
			pic.Release()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			wrong(pic)
		})
	}
}

func TestPoolIsSharedByGoroutines(t *testing.T) {
	pool := NewPool(4)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 500 {
				if pic := pool.Get(Size{16, 16 + 2*(i%3)}); pic != nil {
					pic.Y[0] = byte(i)
					pic.Retain().Release()
					pic.Release()
				}
			}
		})
	}
	all.Wait()
	if pool.Out() != 0 {
		t.Errorf("%d pictures did not come back", pool.Out())
	}
}
