package preflight

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"studio/publish"
)

// Options say what is to be looked at.
type Options struct {
	Places []Place
	// UploadURL is an http(s) address on a server of one's own that reads whatever
	// is POSTed to it; "" measures no upload. It may hold a secret.
	UploadURL string

	CAFile        string        // PEM file of trusted certificates; "" is the system's
	Resolver      *net.Resolver // nil is the system's
	StepTimeout   time.Duration // for a lookup, a connection, a handshake; 0 is 5 s
	UploadSeconds float64       // 0 is 6 s
}

// Place is a destination that is to be reached.
type Place struct {
	Destination   string
	Address       string // rtmp, rtmps, srt, http or https; may hold a secret
	BitsPerSecond int    // of picture and sound that it is to get
}

// Result is what was found.
type Result struct {
	Places          []Reach // as in Options
	UpBitsPerSecond int     // 0: not measured
	UploadError     error   // why not, nil if it was not asked for
	Words           []publish.Text
}

// Check looks at all places at the same time, and then measures the upload. It
// returns when all is done or ctx ends.
func Check(ctx context.Context, o Options) Result {
	if o.StepTimeout == 0 {
		o.StepTimeout = 5 * time.Second
	}
	if o.UploadSeconds == 0 {
		o.UploadSeconds = 6
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	r := Result{Places: make([]Reach, len(o.Places))}
	var looks sync.WaitGroup
	for i, p := range o.Places {
		looks.Go(func() { r.Places[i] = o.reach(ctx, p) })
	}
	looks.Wait()
	for _, p := range r.Places {
		r.Words = append(r.Words, p.Words())
	}
	if o.UploadURL != "" {
		r.UpBitsPerSecond, r.UploadError = o.upload(ctx)
	}
	r.Words = append(r.Words, r.line(o.Places)...)
	return r
}

// Spare is the share of a line that a broadcast may use: radio and shared lines
// have weak moments, and other things in the house use them as well.
const Spare = 0.75

// line says what the upload means for what is to be sent.
func (r Result) line(places []Place) []publish.Text {
	if r.UploadError != nil {
		return []publish.Text{{
			Zh: "上传速度没有测成：测试服务器没有正常应答。",
			En: fmt.Sprintf("the upload could not be measured: %v", r.UploadError),
		}}
	}
	if r.UpBitsPerSecond == 0 {
		return []publish.Text{{
			Zh: "上传速度没有测：平台不允许试推。要测，请填写自己服务器上的上传测试地址。",
			En: "how much the line carries was not measured: platforms allow no trial. To measure it, give the address of an upload test on a server of your own",
		}}
	}
	wanted := 0
	for _, p := range places {
		wanted += p.BitsPerSecond
	}
	fits := int(Spare * float64(r.UpBitsPerSecond))
	words := []publish.Text{{
		Zh: fmt.Sprintf("到测试服务器的上传速度约 %.1f Mb/s；留出四分之一余量，合计可推 %.1f Mb/s。到各平台的速度没有测。", megabits(r.UpBitsPerSecond), megabits(fits)),
		En: fmt.Sprintf("the line carries about %.1f Mb/s to the test server; with a quarter to spare %.1f Mb/s may go out in all. What it carries to the platforms was not measured", megabits(r.UpBitsPerSecond), megabits(fits)),
	}}
	if wanted == 0 {
		return words
	}
	if wanted <= fits {
		return append(words, publish.Text{
			Zh: fmt.Sprintf("合计要推 %.1f Mb/s，够用。", megabits(wanted)),
			En: fmt.Sprintf("%.1f Mb/s are to go out in all: they fit", megabits(wanted)),
		})
	}
	each := fits / len(places) / 1000 / 100 * 100
	return append(words, publish.Text{
		Zh: fmt.Sprintf("合计要推 %.1f Mb/s，超出了：请让 %d 个目的地每个不超过 %d kb/s（含声音），或减少目的地。", megabits(wanted), len(places), each),
		En: fmt.Sprintf("%.1f Mb/s are to go out in all: they do not fit. Let each destination (%d) have at most %d kb/s, sound included, or have fewer", megabits(wanted), len(places), each),
	})
}

func megabits(bits int) float64 { return float64(bits) / 1e6 }

// Words says in one sentence what was found about a place, and what was not
// measured.
func (r Reach) Words() publish.Text {
	var zh, en []string
	part := func(d time.Duration, zhName, enName string) {
		if d > 0 {
			zh = append(zh, fmt.Sprintf("%s %d 毫秒", zhName, max(1, d.Milliseconds())))
			en = append(en, fmt.Sprintf("%s %d ms", enName, max(1, d.Milliseconds())))
		}
	}
	part(r.Lookup, "查名称", "name")
	part(r.Connect, "连接", "connection")
	part(r.TLS, "加密握手", "secure greeting")
	times := publish.Text{Zh: strings.Join(zh, "，"), En: strings.Join(en, ", ")}
	if r.Fault != nil {
		return publish.Text{Zh: r.Destination + "：" + r.Fault.Zh, En: r.Destination + ": " + r.Fault.En}
	}
	return publish.Text{
		Zh: fmt.Sprintf("%s：服务器在（%s）。密钥没有试。", r.Destination, times.Zh),
		En: fmt.Sprintf("%s: the server is there (%s). The key was not tried", r.Destination, times.En),
	}
}
