package overlay

import (
	"studio/media/picture"
	"studio/overlay/template"
)

// margins are the action-safe margins of a canvas: 5 % of each side, even
// (EBU R 95 asks for 3.5 % and calls 5 % the graphics-safe area).
func margins(canvas picture.Size) (x, y int) {
	return canvas.Width / 20 &^ 1, canvas.Height / 20 &^ 1
}

// arrange gives every overlay its place: in its template's corner, beside those
// that are there already, or in the next row towards the middle when the row is
// full. Only when the canvas is full do two lie over one another.
func arrange(all []wanted, canvas picture.Size) {
	gap := min(canvas.Width, canvas.Height) / 45 &^ 1
	var taken []picture.Rect
	for i := range all {
		r := place(all[i].size, all[i].template.Corner(), canvas, gap, taken)
		all[i].rectangle = r
		taken = append(taken, r)
	}
}

func place(size picture.Size, corner template.Corner, canvas picture.Size, gap int, taken []picture.Rect) picture.Rect {
	x, y := margins(canvas)
	first := picture.Rect{X: x, Y: y, Width: size.Width, Height: size.Height}
	right := corner == template.TopRight || corner == template.BottomRight
	bottom := corner == template.BottomLeft || corner == template.BottomRight
	if right {
		first.X = (canvas.Width - x - size.Width) &^ 1
	}
	if bottom {
		first.Y = (canvas.Height - y - size.Height) &^ 1
	}
	for r := first; r.Y >= y && r.Y+r.Height <= canvas.Height-y; {
		nextRow := r.Y
		for r.X = first.X; r.X >= x && r.X+r.Width <= canvas.Width-x; {
			other := blocking(r, taken, gap)
			if other == nil {
				return r
			}
			if right {
				r.X = (other.X - gap - r.Width) &^ 1
			} else {
				r.X = (other.X + other.Width + gap + 1) &^ 1
			}
			if bottom {
				nextRow = min(nextRow, (other.Y-gap-r.Height)&^1)
			} else {
				nextRow = max(nextRow, (other.Y+other.Height+gap+1)&^1)
			}
		}
		if nextRow == r.Y {
			break
		}
		r.Y = nextRow
	}
	return first
}

// blocking returns one of taken that comes nearer to r than gap, or nil.
func blocking(r picture.Rect, taken []picture.Rect, gap int) *picture.Rect {
	for i := range taken {
		o := &taken[i]
		if r.X < o.X+o.Width+gap && o.X < r.X+r.Width+gap && r.Y < o.Y+o.Height+gap && o.Y < r.Y+r.Height+gap {
			return o
		}
	}
	return nil
}
