package drawn

import "studio/media/picture"

// The strip's bars: codeCells cells side by side near the left edge, each a
// cellsAcross-th of the picture's width, light for one and dark for zero: a
// start, the frame's number with the highest bit first, a check on it, a stop.
const (
	cellsAcross = 96
	codeStart   = 0b1110
	codeStop    = 0b0111
	codeEnds    = 4 // bits of start and stop
	codeIndent  = 2 // cells left free at the picture's edge
	codeCells   = codeEnds + 32 + 8 + codeEnds

	luminousDark, luminousLight = 30, 196 // luma of the bars
	leastContrast               = 40      // between them for ReadCode
)

// stripHeight returns how high the strip is in a picture of a width, in pixels.
func stripHeight(width int) int { return max(width/40, 6) &^ 1 }

// codeOf returns the cells for a number, the leftmost in the highest of the
// codeCells bits.
func codeOf(number uint32) uint64 {
	return codeStart<<44 | uint64(number)<<12 | uint64(check(number))<<4 | codeStop
}

// check is a CRC-8 (polynomial 0x07) that no row of equal bars satisfies.
func check(number uint32) uint8 {
	crc := uint8(0xA5)
	for shift := 24; shift >= 0; shift -= 8 {
		crc ^= uint8(number >> shift)
		for range 8 {
			carry := crc & 0x80
			crc <<= 1
			if carry != 0 {
				crc ^= 0x07
			}
		}
	}
	return crc
}

// cell returns where a cell begins, in pixels from the left edge.
func cell(i, width int) int { return ((i+codeIndent)*width + cellsAcross/2) / cellsAcross }

// drawCode draws the bars into the strip at the lower edge of dst.
func drawCode(dst picture.View, number uint32) {
	height := stripHeight(dst.Width)
	code := codeOf(number)
	for y := dst.Height - height + max(1, height/5); y < dst.Height-max(1, height/5); y++ {
		row := dst.Y[y*dst.StrideY:]
		for i := range codeCells {
			luma := byte(luminousDark)
			if code>>(codeCells-1-i)&1 == 1 {
				luma = luminousLight
			}
			bar := row[cell(i, dst.Width):cell(i+1, dst.Width)]
			for x := range bar {
				bar[x] = luma
			}
		}
	}
}

// ReadCode reads the frame number out of a picture of a drawn camera, of which
// v holds the whole and nothing else, at any size from about 300 pixels wide and
// after any honest encoder. ok is false if there is no number in it or it does
// not pass its check.
func ReadCode(v picture.View) (number uint32, ok bool) {
	height := stripHeight(v.Width)
	if v.Width < cellsAcross || v.Height < height {
		return 0, false
	}
	var luma [codeCells]int
	for i := range luma {
		luma[i] = meanLuma(v, cell(i, v.Width), cell(i+1, v.Width), v.Height-height, v.Height)
	}
	// what light and dark are is told by the start and the stop
	var sum, count [2]int
	const ends = uint64(codeStart<<codeEnds | codeStop)
	for i := range 2 * codeEnds {
		at := i
		if i >= codeEnds {
			at = codeCells - 2*codeEnds + i
		}
		bit := ends >> (2*codeEnds - 1 - i) & 1
		sum[bit] += luma[at]
		count[bit]++
	}
	dark, light := sum[0]/count[0], sum[1]/count[1]
	if light-dark < leastContrast {
		return 0, false
	}
	var code uint64
	for _, l := range luma {
		code <<= 1
		if l > (dark+light)/2 {
			code |= 1
		}
	}
	number = uint32(code >> (codeEnds + 8))
	return number, code == codeOf(number)
}

// meanLuma is the mean over the inner half of a cell in both directions.
func meanLuma(v picture.View, left, right, top, bottom int) int {
	insetX, insetY := (right-left)/4, (bottom-top)/4
	var sum, count int
	for y := top + insetY; y < bottom-insetY; y++ {
		for _, luma := range v.Y[y*v.StrideY+left+insetX : y*v.StrideY+right-insetX] {
			sum += int(luma)
			count++
		}
	}
	return sum / max(count, 1)
}
