package encode

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"studio/media/picture"
)

func TestProbeTriesTheBestFirst(t *testing.T) {
	var tried []string
	list := Probe(t.Context(), VideoOptions{Encoder: X264}, func(ctx context.Context, o VideoOptions) (float64, error) {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("a trial is not bounded in time")
		}
		tried = append(tried, o.Encoder)
		if o.Encoder == VAAPI {
			return 0, errors.New("no device")
		}
		return 4, nil
	})
	if got := strings.Join(tried, " "); got != VAAPI+" "+V4L2M2M {
		t.Errorf("tried %s", got)
	}
	want := []Candidate{{VAAPI, false, "no device", 0}, {V4L2M2M, true, "", 4}, {X264, true, "", 0}}
	for i, c := range list {
		if c != want[i] {
			t.Errorf("candidate %+v, want %+v", c, want[i])
		}
	}
}

func TestChooseEncoder(t *testing.T) {
	for _, test := range []struct {
		list []Candidate
		want string
		why  []string
	}{
		{[]Candidate{{VAAPI, true, "", 5}, {V4L2M2M, true, "", 1}, {X264, true, "", 0}}, VAAPI, nil},
		{[]Candidate{{VAAPI, false, "no device", 0}, {V4L2M2M, true, "", 5}, {X264, true, "", 0}}, V4L2M2M, []string{"h264_vaapi does not work: no device"}},
		{[]Candidate{{VAAPI, true, "", 30}, {V4L2M2M, false, "busy", 0}, {X264, true, "", 0}}, X264, []string{"too slow, 30 ms", "busy"}},
		{nil, X264, nil},
	} {
		name, why := ChooseEncoder(test.list, thirty)
		if name != test.want {
			t.Errorf("%+v: %s, want %s", test.list, name, test.want)
		}
		for _, part := range append(test.why, test.want) {
			if !strings.Contains(why.En, part) || !strings.Contains(why.Zh, test.want) {
				t.Errorf("%+v: reason %q, want %q in it", test.list, why, part)
			}
		}
	}
}

var trialOptions = VideoOptions{Encoder: X264, Size: picture.Size{Width: 320, Height: 180}, Rate: thirty, BitsPerSecond: 500_000}

func TestATrialInAChild(t *testing.T) {
	for _, test := range []struct {
		word, encoder, want string
	}{
		{"", X264, ""},
		{"", "h264_nonsense", "must be one of"},
		{"die", X264, "exit status 2: SIGSEGV: segmentation violation"},
		{"babble", X264, "nonsense"},
		{"hang", X264, "no answer"},
	} {
		t.Run(test.word+test.encoder, func(t *testing.T) {
			command := []string{os.Args[0], TrialCommand}
			if test.word != "" {
				command = append(command, test.word)
			}
			patience := 20 * time.Second
			if test.word == "hang" {
				patience = 200 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			o := trialOptions
			o.Encoder = test.encoder
			ms, err := InChild(command...)(ctx, o)
			switch {
			case test.want == "":
				if err != nil || ms <= 0 || ms > 1000 {
					t.Errorf("%v ms, %v", ms, err)
				}
			case err == nil || !strings.Contains(err.Error(), test.want):
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
	if _, err := InChild("/nowhere/studio")(t.Context(), trialOptions); err == nil {
		t.Error("a program that is not there was started")
	}
}

// TestDevicesThatAreNotThere: on a box without, the reason says so and nothing else
// happens.
func TestDevicesThatAreNotThere(t *testing.T) {
	list := Probe(t.Context(), trialOptions, InChild(os.Args[0], TrialCommand))
	for _, c := range list {
		t.Logf("%+v", c)
		if c.Name == X264 != c.OK && (c.OK || c.Reason == "") { // a box that has one passes, too
			t.Errorf("%+v", c)
		}
	}
	if name, why := ChooseEncoder(list, thirty); name == "" || why.En == "" || why.Zh == "" {
		t.Errorf("%q, %q", name, why)
	}
}

func TestRunTrialRefusesNonsense(t *testing.T) {
	var out bytes.Buffer
	for _, args := range [][]string{nil, {"x"}, {"{}"}, {"{}", "{}"}} {
		if err := RunTrial(args, &out); err == nil || out.Len() > 0 {
			t.Errorf("%q: %v, answered %q", args, err, out.String())
		}
	}
}

func TestParameterSets(t *testing.T) {
	sps, pps := []byte{0, 0, 0, 1, 0x67, 1, 2, 3}, []byte{0, 0, 0, 1, 0x68, 4}
	short := append([]byte{0, 0, 1}, sps[4:]...)
	idr, aud := []byte{0, 0, 1, 0x65, 9, 9}, []byte{0, 0, 0, 1, 9, 0xf0}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for _, test := range []struct{ data, want []byte }{
		{join(sps, pps, idr), join(sps, pps)},
		{join(aud, short, pps, idr), join(sps, pps)},
		{join(sps, idr), nil},
		{idr, nil},
		{nil, nil},
		{[]byte{0, 0, 1}, nil},
	} {
		if got := parameterSets(test.data); !bytes.Equal(got, test.want) {
			t.Errorf("% x: % x, want % x", test.data, got, test.want)
		}
	}
	sets := join(sps, pps)
	for _, test := range []struct{ data, want []byte }{
		{join(aud, sets, idr), join(sets, idr)}, // what stands before them is left out
		{idr, join(sets, idr)},                  // a device that writes them once only
	} {
		if got := beginWith(sets, test.data); !bytes.Equal(got, test.want) {
			t.Errorf("% x begins as % x", test.data, got)
		}
	}
}

// TestParameterSetsOfAFirstPicture has libx264 stand in for a device.
func TestParameterSetsOfAFirstPicture(t *testing.T) {
	v := video(t, trialOptions)
	o := trialOptions
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	sets, err := firstParameterSets(o)
	if err != nil || !bytes.Equal(sets, v.Stream().Extra) {
		t.Errorf("% x, %v, want % x", sets, err, v.Stream().Extra)
	}
}
