// Package crafts holds the procedures that come with the box, one YAML file per
// craft; docs and package overlay/procedure say what may stand in them.
package crafts

import "embed"

// FS holds the YAML files by name: "pottery.yaml".
//
//go:embed *.yaml
var FS embed.FS
