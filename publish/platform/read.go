package platform

import (
	_ "embed"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"studio/configs/strict"
	"studio/media/picture"
	"studio/publish"
)

//go:embed platforms.yaml
var builtin []byte

// file is a list of platforms as it is written.
type file struct {
	Platforms []filePlatform `yaml:"platforms"`
}

type filePlatform struct {
	Name      string     `yaml:"name"`
	Title     fileText   `yaml:"title"`
	Protocol  string     `yaml:"protocol"`
	Addresses []string   `yaml:"addresses"`
	Secret    string     `yaml:"secret"`
	Limits    fileLimits `yaml:"limits"`
	Notes     []fileText `yaml:"notes"`
}

type fileText struct {
	Zh string `yaml:"zh"`
	En string `yaml:"en"`
}

type fileLimits struct {
	VideoKbps    int      `yaml:"video_kbps"`
	AudioKbps    int      `yaml:"audio_kbps"`
	Size         string   `yaml:"size"`
	Rate         int      `yaml:"rate"`
	KeySeconds   int      `yaml:"key_seconds"`
	Profiles     []string `yaml:"profiles"`
	Upright      *bool    `yaml:"upright"`
	SessionHours int      `yaml:"session_hours"`
}

// Presets returns the platforms that come with the box, and the workshop's own
// from data, which was read from file: an own one takes the place of the preset
// of its name, the others stand behind. The error names file, line, key, value
// and what is allowed.
func Presets(file string, data []byte) ([]Platform, error) {
	list, err := read("platforms.yaml", builtin)
	if err != nil {
		return nil, err
	}
	own, err := read(file, data)
	if err != nil {
		return nil, err
	}
	for _, p := range own {
		if i := slices.IndexFunc(list, func(other Platform) bool { return other.Name == p.Name }); i >= 0 {
			list[i] = p
		} else {
			list = append(list, p)
		}
	}
	return list, nil
}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func read(name string, data []byte) ([]Platform, error) {
	var f file
	doc, err := strict.Decode(name, data, &f)
	if err != nil {
		return nil, fmt.Errorf("platforms %w", err)
	}
	r := &reader{doc: doc}
	var list []Platform
	for i, written := range f.Platforms {
		at := fmt.Sprintf("$.platforms[%d]", i)
		p := r.platform(at, written)
		if slices.ContainsFunc(list, func(other Platform) bool { return other.Name == p.Name }) {
			r.bad(at+".name", p.Name, "a name that no other platform of the file has")
		}
		list = append(list, p)
	}
	if r.err != nil {
		return nil, fmt.Errorf("platforms %w", r.err)
	}
	return list, nil
}

// reader turns the file into values; err is the first mistake.
type reader struct {
	doc *strict.Document
	err error
}

func (r *reader) bad(at string, value any, allowed string) {
	if r.err == nil {
		r.err = r.doc.Bad(at, value, "allowed: "+allowed)
	}
}

func (r *reader) platform(at string, f filePlatform) Platform {
	if !nameForm.MatchString(f.Name) {
		r.bad(at+".name", f.Name, "small letters, digits and -, at most 40")
	}
	p := Platform{
		Name: f.Name, Title: r.text(at+".title", f.Title), Addresses: f.Addresses,
		Protocol: r.oneOf(at+".protocol", f.Protocol, RTMP, RTMPS, SRT, WHIP, Clean),
		Secret:   r.oneOf(at+".secret", f.Secret, "key", "bearer", "address", "none"),
		Limits:   r.limits(at+".limits", f.Limits),
	}
	switch {
	case p.Protocol == Clean && len(p.Addresses) > 0:
		r.bad(at+".addresses", p.Addresses, "none, because nothing is sent to a clean picture")
	case p.Protocol != Clean && len(p.Addresses) == 0:
		r.bad(at+".addresses", nil, "a list of at least one address")
	}
	for i, address := range p.Addresses {
		r.address(fmt.Sprintf("%s.addresses[%d]", at, i), address, p.Protocol)
	}
	for i, note := range f.Notes {
		p.Notes = append(p.Notes, r.text(fmt.Sprintf("%s.notes[%d]", at, i), note))
	}
	return p
}

// address checks an address of which parts may still have to be filled in.
func (r *reader) address(at, address, protocol string) {
	schemes := []string{protocol}
	if protocol == WHIP {
		schemes = []string{"https", "http"}
	}
	filled := regexp.MustCompile(`:\{[^{}]*\}`).ReplaceAllString(address, ":1")
	filled = regexp.MustCompile(`\{[^{}]*\}`).ReplaceAllString(filled, "x")
	u, err := url.Parse(filled)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		// An own address may have a key in it by mistake.
		r.bad(at, publish.Redact(address), "an address that begins with "+strings.Join(schemes, ":// or ")+"://")
	}
}

func (r *reader) limits(at string, f fileLimits) Limits {
	l := Limits{
		VideoBitsPerSecond: 1000 * r.number(at+".video_kbps", f.VideoKbps, 64, 50_000),
		AudioBitsPerSecond: 1000 * r.number(at+".audio_kbps", f.AudioKbps, 16, 512),
		Rate:               r.number(at+".rate", f.Rate, 1, 120),
		KeySeconds:         r.number(at+".key_seconds", f.KeySeconds, 1, 20),
		SessionHours:       r.number(at+".session_hours", f.SessionHours, 1, 1000),
		NoUpright:          f.Upright != nil && !*f.Upright,
	}
	if f.Size != "" {
		var s picture.Size
		if n, _ := fmt.Sscanf(f.Size, "%dx%d", &s.Width, &s.Height); n != 2 || s.Width < s.Height || s.Height < 64 || s.Width > 8192 ||
			f.Size != fmt.Sprintf("%dx%d", s.Width, s.Height) {
			r.bad(at+".size", f.Size, "WIDTHxHEIGHT in pixels of a lying picture, such as 1920x1080")
		}
		l.Size = s
	}
	for i, profile := range f.Profiles {
		l.Profiles = append(l.Profiles, r.oneOf(fmt.Sprintf("%s.profiles[%d]", at, i), profile, profiles...))
	}
	return l
}

// number takes 0, which stands for nothing known, only if the file leaves it out.
func (r *reader) number(at string, n, least, most int) int {
	if (n != 0 || r.doc.Has(at)) && (n < least || n > most) {
		r.bad(at, n, fmt.Sprintf("%d to %d", least, most))
	}
	return n
}

func (r *reader) text(at string, f fileText) publish.Text {
	if f.Zh == "" {
		r.bad(at+".zh", "", "text")
	}
	if f.En == "" {
		r.bad(at+".en", "", "text")
	}
	return publish.Text(f)
}

func (r *reader) oneOf(at, value string, allowed ...string) string {
	if !slices.Contains(allowed, value) {
		r.bad(at, value, strings.Join(allowed, ", "))
	}
	return value
}
