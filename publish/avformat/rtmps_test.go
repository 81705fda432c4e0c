package avformat

import (
	"crypto/tls"
	"path/filepath"
	"testing"
	"time"

	"studio/polltest"
	"studio/publish/servertest"
)

func TestRTMPS(t *testing.T) {
	s := servertest.NewRTMP(t, "")
	p := tenSeconds(t)
	ca := servertest.NewAuthority(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", ca.Sign(t, "localhost"))
	if err != nil {
		t.Fatal(err)
	}
	address := "rtmps://localhost:" + newRelay(t, l, s.Address).port() + "/live/" + secret
	pushAll(t, dial(t, NetworkOptions{Address: address, CAFile: ca.File(t)}), p)
	var files []string
	polltest.Until(t, 5*time.Second, "the recording is closed", func() bool {
		files, _ = filepath.Glob(filepath.Join(s.Folder, "*.flv"))
		return len(files) == 1 && closed(files[0])
	})
	arrived(t, files[0], 300)
}
