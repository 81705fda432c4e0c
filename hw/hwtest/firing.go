package hwtest

import (
	"math"
	"sort"
)

// leg is a stretch of a firing: from the end of the leg before to °C at fraction.
type leg struct{ fraction, celsius float64 }

// firing is a stoneware glaze firing to 1280 °C: slowly while water leaves, slowly
// through quartz inversion at 573 °C, fast to the top, a soak, and cooling that
// is quick at first and slow at the end. Fractions are of one cycle, from cold
// to cold.
func firing() []leg {
	return []leg{
		{0.00, 20}, {0.08, 120}, {0.22, 540}, {0.28, 610}, {0.45, 1060},
		{0.58, 1280}, {0.66, 1280}, {0.72, 1050}, {0.80, 640}, {0.90, 210}, {1.00, 20},
	}
}

// Celsius returns the kiln's temperature at a fraction of the firing; it repeats
// every whole number.
func Celsius(fraction float64) float64 {
	fraction -= math.Floor(fraction)
	legs := firing()
	i := sort.Search(len(legs), func(i int) bool { return legs[i].fraction >= fraction })
	if i == 0 {
		return legs[0].celsius
	}
	from, to := legs[i-1], legs[i]
	x := (fraction - from.fraction) / (to.fraction - from.fraction)
	return from.celsius + (to.celsius-from.celsius)*x
}
