package jpeg

// Markers of Rec. ITU-T T.81 table B.1, second bytes.
const (
	markerSOF0 = 0xc0 // start of frame: baseline
	markerDHT  = 0xc4 // Huffman tables
	markerSOI  = 0xd8 // start of image
	markerEOI  = 0xd9 // end of image
	markerSOS  = 0xda // start of scan: coded data follows
	markerDQT  = 0xdb // quantisation tables
	markerDRI  = 0xdd // restart interval
	markerAPP0 = 0xe0 // application segments, to 0xef
	markerCOM  = 0xfe // comment
)

// tables says whether a JPEG brings its own quantisation and Huffman tables in
// front of its first scan. The library remembers tables from one picture to the
// next, so what is missing would be filled in from somebody else's.
func tables(data []byte) (quantisation, huffman bool) {
	if len(data) < 2 || data[0] != 0xff || data[1] != markerSOI {
		return false, false
	}
	for at := 2; at+4 <= len(data); {
		if data[at] != 0xff {
			at++ // stray bytes between segments, which the library passes over too
			continue
		}
		marker := data[at+1]
		switch {
		case marker == 0xff: // fill byte
			at++
			continue
		case marker == markerSOS, marker == markerEOI:
			return quantisation, huffman
		case marker == 0, marker == 1, marker >= 0xd0 && marker <= markerSOI: // no segment
			at += 2
			continue
		case marker == markerDQT:
			quantisation = true
		case marker == markerDHT:
			huffman = true
		}
		at += 2 + int(data[at+2])<<8 + int(data[at+3])
	}
	return quantisation, huffman
}
