package rig

import (
	"math/big"
	"strings"

	"studio/hw/reading"
)

// Show returns the number to show for a reading of this channel, and whether one
// may be shown: rounded to the channel's decimals, but never with more digits
// than the instrument sent, for those would be invented.
func (c Channel) Show(r reading.Reading) (text string, ok bool) {
	value, ok := r.Shown()
	if !ok || c.Decimals == nil {
		return value, ok
	}
	_, sent, _ := strings.Cut(value, ".")
	if len(sent) <= *c.Decimals {
		return value, true
	}
	exact, ok := new(big.Rat).SetString(value)
	if !ok {
		return "", false
	}
	text = exact.FloatString(*c.Decimals)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-") // no "-0.0"
	}
	return text, true
}
