package capture

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// TestTap sees every frame at once, also where the mixer sees few and late ones, and
// holds none.
func TestTap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &played{calls: []func(context.Context, *Mailbox, func(Mode)) error{
			func(ctx context.Context, out *Mailbox, opened func(Mode)) error {
				opened(mode30)
				source := &played{}
				source.put(ctx, out, 60, time.Second/30)
				<-ctx.Done()
				return nil
			},
		}}
		var seen []uint64
		camera := NewCamera(CameraOptions{Name: "wheel", Source: source, Log: slog.New(slog.DiscardHandler), Delay: 500 * time.Millisecond,
			Tap: func(f *Frame) {
				seen = append(seen, f.Sequence)
				if age := time.Since(f.Taken); age > time.Millisecond {
					t.Errorf("picture %d came after %v", f.Sequence, age)
				}
			}})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := camera.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if len(seen) != 60 {
			t.Errorf("%d pictures seen of 60", len(seen))
		}
		for i, n := range seen {
			if n != uint64(i) {
				t.Fatalf("picture %d came as number %d", n, i)
			}
		}
	})
}
