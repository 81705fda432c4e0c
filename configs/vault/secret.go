package vault

import (
	"fmt"
	"log/slog"
)

// hidden stands where a secret would.
const hidden = "…"

// Secret is what a destination needs beside its address. However it is printed,
// logged or put into JSON, nothing of it is seen.
type Secret struct {
	Address string // in place of the configured one; "": that stays
	Key     string // stands behind the address
	Bearer  string // WHIP: sent in the Authorization header
}

// Empty tells whether there is no secret.
func (s Secret) Empty() bool { return s == (Secret{}) }

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) {
	// A printer that cannot be written to has nobody to tell.
	_, _ = f.Write([]byte(hidden))
}

// MarshalJSON implements json.Marshaler.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
