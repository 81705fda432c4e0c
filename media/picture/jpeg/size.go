package jpeg

import "studio/media/picture"

// Size returns the size that a JPEG's frame header names (Rec. ITU-T T.81 B.2.2),
// without starting a decoder; false when none is found in front of the first scan.
func Size(data []byte) (picture.Size, bool) {
	if len(data) < 2 || data[0] != 0xff || data[1] != markerSOI {
		return picture.Size{}, false
	}
	for at := 2; at+9 <= len(data); {
		if data[at] != 0xff {
			at++
			continue
		}
		marker := data[at+1]
		switch {
		case marker == 0xff:
			at++
			continue
		case marker == markerSOS, marker == markerEOI:
			return picture.Size{}, false
		case marker == 0, marker == 1, marker >= 0xd0 && marker <= markerSOI:
			at += 2
			continue
		case marker >= 0xc0 && marker <= 0xcf && marker != markerDHT && marker != 0xc8 && marker != 0xcc:
			s := picture.Size{Width: int(data[at+7])<<8 | int(data[at+8]), Height: int(data[at+5])<<8 | int(data[at+6])}
			return s, s.Width > 1 && s.Height > 1
		}
		at += 2 + int(data[at+2])<<8 + int(data[at+3])
	}
	return picture.Size{}, false
}
