package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"studio/publish/servertest"
	"studio/ui"
)

// TestSecretsAreNowhere plants a secret of each kind and looks for them wherever
// somebody could look, while all goes well, while it fails, and after a crash.
func TestSecretsAreNowhere(t *testing.T) {
	server, listener, keeper := servertest.NewRTMP(t, ""), newSRTListener(t, "127.0.0.1", "planted-srt-passphrase"), newWHIPKeeper(t)
	secrets := []string{
		"planted-rtmp-77aa", "planted-rtmp-31fe", "planted-srt-passphrase", "planted-whip-0b0b",
		"planted-stored-key-9e9e", "planted-stored-bearer-c4c4", "planted-stored-path-5d5d",
		"planted-comment-2f2f", "planted-address-6b6b", "planted-upload-8c8c",
	}
	s := newSmall(t, []goal{
		{name: "rtmp", address: server.To(""), key: "workshop?streamname=planted-rtmp-77aa&key=planted-rtmp-31fe"},
		{name: "srt", address: listener.address, off: true},
		{name: "whip", address: keeper.url, bearer: "planted-whip-0b0b"},
		{name: "nobody", address: "rtmp://" + servertest.FreeAddress(t) + "/live", key: "planted-rtmp-77aa"},
		{name: "stored", address: "http://" + servertest.FreeAddress(t) + "/whip", bearer: "planted-whip-0b0b"},
		{name: "spare", address: "rtmp://127.0.0.1:1/live/planted-address-6b6b", off: true},
	}, "# the key of spare was planted-comment-2f2f before\nupload_test: http://"+servertest.FreeAddress(t)+"/planted-upload-8c8c\n")
	// A core would be written here, whatever the shell's user allows.
	s.begins = "cd " + s.folder + "\nulimit -c unlimited\n"
	s.start(t, "GOTRACEBACK=crash")
	seen := s.watchPage(t)
	s.do(t, ui.Broadcast{On: true})
	s.goes(t, "rtmp", "whip")
	var answers strings.Builder
	tell := func(command ui.Command) {
		code, said := s.give(t, command)
		fmt.Fprintf(&answers, "%T: %d %s\n", command, code, said)
	}
	tell(ui.StreamKey{Destination: "stored", Key: "planted-stored-path-5d5d", Bearer: "planted-stored-bearer-c4c4"})
	tell(ui.StreamKey{Destination: "nobody", Key: "live?auth=planted-stored-key-9e9e"})
	tell(ui.StreamKey{Destination: "srt", Address: listener.address + "?passphrase=planted-srt-passphrase"})
	tell(ui.Send{Destination: "srt", On: true})
	// What is refused is not repeated either.
	tell(ui.StreamKey{Destination: "nowhere", Key: "planted-stored-key-9e9e"})
	tell(ui.StreamKey{Destination: "stored", Key: "planted-stored-key-9e9e\x00\n%zz"})
	tell(ui.StreamKey{Destination: "rtmp", Address: "gopher://planted-rtmp-77aa", Key: "planted-rtmp-31fe"})
	tell(ui.StreamKey{Destination: "stored", Bearer: strings.Repeat("planted-whip-0b0b", 400)})
	fmt.Fprintln(&answers, s.mangled(t, `{"destination":"rtmp","key":["planted-rtmp-31fe"]}`))
	fmt.Fprintln(&answers, s.mangled(t, `{"destination":"rtmp","keys":"planted-rtmp-31fe"}`))
	fmt.Fprintln(&answers, s.mangled(t, `{"destination":"rtmp","key":"planted-rtmp-31fe`))
	tell(ui.CheckLine{})
	for _, name := range []string{"nobody", "stored"} {
		s.becomes(t, name+" says what is wrong", func(now ui.Status) bool {
			d := named(t, now, name)
			return d.State == ui.Waiting && d.Message.En != ""
		})
	}
	s.goes(t, "srt")
	tell(ui.Mark{Seconds: 1, Title: "moment"})
	s.becomes(t, "the line was looked at", func(now ui.Status) bool { return !now.Line.Running && len(now.Line.Words) > 0 })

	places := map[string]string{
		"status": s.statusText(t), "metrics": s.get(t, "/metrics"), "description of the API": s.get(t, "/api/openapi.json"),
		"API's answers": answers.String(), "page's traffic": seen(),
	}
	s.onAirSupport(t, places)
	for _, name := range []string{"cmdline", "environ", "maps", "status"} {
		for _, pid := range family(t, s.Process.Pid) {
			data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
			if err != nil && pid == s.Process.Pid {
				t.Fatal(err)
			}
			places[fmt.Sprintf("%s of process %d", name, pid)] = string(data)
		}
	}
	if strings.Contains(places["description of the API"], "get-stream-key") || !strings.Contains(places["description of the API"], "/api/stream-key") {
		t.Error("the API's description does not say that keys can be stored, or says that they can be read")
	}
	for _, method := range []string{"/api/stream-key", "/api/stream-key/rtmp", "/api/destinations", "/api/config", "/debug/pprof/heap?debug=1", "/debug/vars"} {
		places["GET "+method] = s.get(t, method)
	}

	// A crash: what it leaves on standard error and on the disk.
	if err := s.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(30 * time.Second):
		t.Fatal("it did not end")
	}
	said := s.stderr.String()
	if !strings.Contains(said, "goroutine ") {
		t.Errorf("there is no crash dump to look into: %s", said[max(0, len(said)-500):])
	}
	places["log and crash dump"], places["output"] = said, s.stdout.String()
	if err := filepath.WalkDir(s.folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		if strings.HasPrefix(e.Name(), "core") {
			t.Errorf("the crash left the program's memory, keys and all, in %s", path)
		}
		data, err := os.ReadFile(path)
		places["file "+path] = string(data)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s.afterwardsSupport(t, places)
	listener.finish(t)
	for place, text := range places {
		if strings.HasSuffix(place, "/studio.yaml") {
			continue // what its author writes there stays there
		}
		for _, secret := range secrets {
			if i := bytes.Index([]byte(text), []byte(secret)); i >= 0 {
				t.Errorf("a secret is in the %s: %s", place, around(text, secret))
			}
		}
	}
	t.Logf("looked for %d secrets in %d places", len(secrets), len(places))

	// They are not lost, though: the box that comes up again has them.
	s.start(t)
	s.resumes(t, true, true)
	s.goes(t, "rtmp")
	if d := named(t, s.status(t), "stored"); !d.HasKey {
		t.Errorf("the stored key is gone: %+v", d)
	}
	s.end(t, syscall.SIGTERM)
}

// mangled sends what is no right command to store a key, and returns the answer.
func (s *small) mangled(t *testing.T, body string) string {
	t.Helper()
	answer, err := http.Post("http://"+s.page+"/api/stream-key", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode < 400 {
		t.Fatalf("%s %v", answer.Status, err)
	}
	return string(said)
}

// family lists a process and all below it.
func family(t *testing.T, pid int) []int {
	t.Helper()
	all := []int{pid}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		data, err := os.ReadFile(task)
		if err != nil {
			continue // a thread that has ended
		}
		for _, child := range strings.Fields(string(data)) {
			var n int
			if _, err := fmt.Sscan(child, &n); err == nil {
				all = append(all, family(t, n)...)
			}
		}
	}
	return all
}

// watchPage collects what the page is sent over its live connection; the returned
// function ends that and gives it back.
func (s *small) watchPage(t *testing.T) (seen func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	conn, _, err := websocket.Dial(ctx, "ws://"+s.page+"/api/status/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(16 << 20)
	var all text
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			_, data, err := conn.Read(ctx)
			if err != nil {
				if ctx.Err() == nil && !errors.As(err, new(websocket.CloseError)) {
					t.Errorf("the page's connection: %v", err)
				}
				return
			}
			_, _ = all.Write(data) // it cannot fail
		}
	}()
	stop := func() string {
		cancel()
		<-done
		return all.String()
	}
	t.Cleanup(func() { stop() })
	return func() string {
		said := stop()
		if len(said) < 1000 {
			t.Errorf("the page was sent next to nothing: %q", said)
		}
		return said
	}
}
