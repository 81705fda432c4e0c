package jpeg

import (
	"testing"

	"studio/media/picture"
)

func FuzzDecode(f *testing.F) {
	for _, sampled := range samplings {
		f.Add(barsJPEG(f, 48, 34, sampled, 0), uint8(12), uint8(8))
		f.Add(barsJPEG(f, 35, 21, sampled, progressive), uint8(30), uint8(40))
	}
	f.Add(without(barsJPEG(f, 48, 34, samp422, 0), markerDHT), uint8(0), uint8(0))
	f.Add([]byte{0xff, 0xd8, 0xff, 0xd9}, uint8(1), uint8(1))
	f.Setenv("TJ_RESTART", "2B")
	f.Setenv("TJ_OPTIMIZE", "1")
	for _, sampled := range samplings {
		f.Add(scenery{width: 67, height: 35, noise: 20}.jpeg(f, sampled, 90, 0), uint8(8), uint8(4))
	}
	d, err := NewDecoder()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(d.Close)
	f.Fuzz(func(t *testing.T, data []byte, width, height uint8) {
		// Large pictures of few bytes take long and find nothing more.
		if w, h, _, err := Info(data); err == nil && w*h > 1<<18 {
			return
		}
		pool := picture.NewPool(1)
		want := picture.Size{Width: 2 * int(width), Height: 2 * int(height)}
		pic, err := d.Decode(pool, data, want)
		if (pic == nil) == (err == nil) {
			t.Fatalf("picture %v, error %v", pic, err)
		}
		if pic != nil {
			if want != (picture.Size{}) && pic.Size() != want {
				t.Fatalf("%v, want %v", pic.Size(), want)
			}
			pic.Release()
		}
		if pool.Out() != 0 {
			t.Fatal("a picture was not returned")
		}
		if want.Width > 0 && want.Height > 0 {
			sameVerdict(t, d, data, want)
		}
	})
}
