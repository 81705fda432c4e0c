package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"studio/ui/uitest"
)

// TestOpenAPIFile holds openapi.json, from which the page's types are generated, to
// the operations as they are. STUDIO_UPDATE=1 writes it anew.
func TestOpenAPIFile(t *testing.T) {
	studio := uitest.New()
	s := &server{Options: Options{Studio: studio, Preview: studio}}
	compact, err := json.Marshal(s.register(http.NewServeMux()).OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Indent(&want, compact, "", "  "); err != nil {
		t.Fatal(err)
	}
	want.WriteByte('\n')
	if os.Getenv("STUDIO_UPDATE") == "1" {
		if err := os.WriteFile("openapi.json", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want.Bytes()) {
		t.Error("openapi.json is not up to date: run npm run generate in ui/web/page")
	}
}
