package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"studio/configs/strict"
)

// secrets is the secrets' file: by destination.
type secrets struct {
	Destinations map[string]secret `yaml:"destinations"`
}

type secret struct {
	Key    string `yaml:"key"`    // RTMP: what stands behind the address; WHIP: the same
	Bearer string `yaml:"bearer"` // WHIP: sent in the Authorization header
}

// addSecrets completes the destinations from the secrets' file, secrets.yaml
// beside the configuration unless it says otherwise. Without one there are none.
func (r *reader) addSecrets(c *Config, path string) error {
	named := path != ""
	path = r.path(or(path, "secrets.yaml"))
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read secrets: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("read secrets: others may read %s; allowed: mode 0600 (chmod 600 %s)", path, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read secrets: %w", err)
	}
	c.SecretsFile = path
	var s secrets
	if _, err := strict.Decode(path, data, &s); err != nil {
		return fmt.Errorf("read secrets: %s is not of the form destinations: {NAME: {key: …, bearer: …}}", path)
	}
	for name, secret := range s.Destinations {
		if !give(c, name, secret) {
			return fmt.Errorf("read secrets: %s: destination %q: the configuration has none of that name", path, name)
		}
	}
	return nil
}

// WithKey returns the address to which a destination is pushed: its own with the
// key behind it, which is the query of an SRT address, or more of it. The whole is
// a secret.
func WithKey(address, key string) string {
	if key == "" {
		return address
	}
	if strings.HasPrefix(strings.ToLower(address), "srt://") {
		place, query, _ := strings.Cut(address, "?")
		if query != "" {
			query += "&"
		}
		return strings.TrimSuffix(place, "/") + "?" + query + strings.TrimPrefix(key, "?")
	}
	return strings.TrimSuffix(address, "/") + "/" + key
}

func give(c *Config, name string, s secret) bool {
	for i := range c.Destinations {
		d := &c.Destinations[i]
		if d.Name != name {
			continue
		}
		d.Key, d.Bearer = s.Key, s.Bearer
		return true
	}
	return false
}
