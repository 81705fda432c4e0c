package configs

import (
	"fmt"
	"strconv"
	"strings"

	"studio/media/packet"
	"studio/media/picture"
)

// What values may look like, in words.
const (
	SizeAllowed    = "allowed: WIDTHxHEIGHT in pixels, both even, 64x64 to 4096x4096, such as 1920x1080"
	RateAllowed    = "allowed: frames a second from 1 to 120, such as 30 or 30000/1001"
	BitrateAllowed = "allowed: bits a second from 64k to 50M, such as 4500k or 4.5M"
)

// ParseSize reads "1920x1080".
func ParseSize(s string) (picture.Size, error) {
	w, h, ok := strings.Cut(s, "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if !ok || errW != nil || errH != nil ||
		width < 64 || height < 64 || width > 4096 || height > 4096 || (width|height)&1 != 0 {
		return picture.Size{}, fmt.Errorf("size %q: %s", s, SizeAllowed)
	}
	return picture.Size{Width: width, Height: height}, nil
}

// ParseRate reads "30" or "30000/1001".
func ParseRate(s string) (packet.Rational, error) {
	n, d, fraction := strings.Cut(s, "/")
	if !fraction {
		d = "1"
	}
	num, errN := strconv.Atoi(n)
	den, errD := strconv.Atoi(d)
	if errN != nil || errD != nil || num <= 0 || den <= 0 || den > 10_000 || num > 120*den || num < den {
		return packet.Rational{}, fmt.Errorf("frame rate %q: %s", s, RateAllowed)
	}
	return packet.Rational{Num: num, Den: den}, nil
}

// ParseBitrate reads "4500k", "4.5M" or a plain number of bits a second.
func ParseBitrate(s string) (int, error) {
	number, factor := s, 1.0
	switch {
	case strings.HasSuffix(s, "k"):
		number, factor = strings.TrimSuffix(s, "k"), 1e3
	case strings.HasSuffix(s, "M"):
		number, factor = strings.TrimSuffix(s, "M"), 1e6
	}
	v, err := strconv.ParseFloat(number, 64)
	if bits := v * factor; err == nil && bits >= 64e3 && bits <= 50e6 {
		return int(bits), nil
	}
	return 0, fmt.Errorf("bit rate %q: %s", s, BitrateAllowed)
}

// Presets lists the encoder's speeds, fastest first.
func Presets() []string {
	return []string{"ultrafast", "superfast", "veryfast", "faster", "fast", "medium"}
}

// Profiles lists the profiles of H.264, the least demanding of the receiver first.
func Profiles() []string { return []string{"baseline", "main", "high"} }

// Formats lists what a camera can be told to send.
func Formats() []string { return []string{"mjpeg", "h264"} }

// Encoders lists the H.264 encoders that may be named.
func Encoders() []string { return []string{"libx264", "h264_vaapi", "h264_v4l2m2m"} }
