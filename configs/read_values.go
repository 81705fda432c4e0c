package configs

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"studio/media/packet"
	"studio/media/picture"
)

func (r *reader) size(at, s string) picture.Size {
	size, err := ParseSize(s)
	if err != nil {
		r.bad(at, s, SizeAllowed)
	}
	return size
}

func (r *reader) rate(at, s string) packet.Rational {
	rate, err := ParseRate(s)
	if err != nil {
		r.bad(at, s, RateAllowed)
		return packet.Rational{Num: 30, Den: 1}
	}
	return rate
}

func (r *reader) duration(at, s string, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil || d < least || d > most {
		r.bad(at, s, fmt.Sprintf("allowed: %v to %v, such as 200ms or 3s", least, most))
	}
	return d
}

func (r *reader) oneOf(at, s string, allowed []string) {
	if !slices.Contains(allowed, s) {
		r.bad(at, s, "allowed: "+strings.Join(allowed, ", "))
	}
}

func (r *reader) exists(at, value, path string) {
	if _, err := os.Stat(path); err != nil {
		r.bad(at, value, "allowed: a file that exists and can be read")
	}
}

// file returns the path of a file that must exist, "" if none is named.
func (r *reader) file(at, value string) string {
	path := r.path(value)
	if value != "" {
		r.exists(at, value, path)
	}
	return path
}

// bits reads a bit rate.
func (r *reader) bits(at, s string) int {
	bits, err := ParseBitrate(s)
	if err != nil {
		r.bad(at, s, BitrateAllowed)
	}
	return bits
}

// bytes reads an amount such as 500M, 4G or 2T; "" is 0.
func (r *reader) bytes(at, s string) int64 {
	if s == "" {
		return 0
	}
	factors := map[byte]float64{'M': 1e6, 'G': 1e9, 'T': 1e12}
	number, err := strconv.ParseFloat(s[:len(s)-1], 64)
	factor := factors[s[len(s)-1]]
	if err != nil || factor == 0 || number <= 0 || number > 1e6 {
		r.bad(at, s, "allowed: an amount such as 500M, 4G or 2T")
		return 0
	}
	return int64(number * factor)
}

// number reads a number within limits; "" is otherwise.
func (r *reader) number(at, s string, otherwise, least, most float64) float64 {
	if s == "" {
		return otherwise
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= least && v <= most) {
		r.bad(at, s, fmt.Sprintf("allowed: %v to %v", least, most))
		return otherwise
	}
	return v
}

// path takes a path in the file as lying beside the file.
func (r *reader) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(r.folder, p)
}

func (r *reader) loopback(listen string) {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	if err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		r.bad("$.listen", listen, "allowed: a loopback address and a port, such as 127.0.0.1:8080")
	}
}

func cameraNames(c *Config) []string {
	names := make([]string, len(c.Cameras))
	for i, cam := range c.Cameras {
		names[i] = cam.Name
	}
	return names
}

func titled(t Text, name string) Text {
	return Text{Zh: or(t.Zh, or(t.En, name)), En: or(t.En, or(t.Zh, name))}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// DefaultSocket is where the kiosk finds the engine: in the runtime folder of the
// user who runs both.
func DefaultSocket() string {
	if folder := os.Getenv("XDG_RUNTIME_DIR"); folder != "" {
		return filepath.Join(folder, "studio.sock")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("studio-%d.sock", os.Getuid()))
}
