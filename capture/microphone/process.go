package microphone

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ReaderCommand is the argument with which the program becomes the process that
// listens to a microphone: its main function then calls reader.Run with the
// arguments that follow.
const ReaderCommand = "microphone-reader"

// starter returns what starts a reader process with further arguments.
func starter(command []string, log *slog.Logger) func(args ...string) (process, error) {
	return func(args ...string) (process, error) {
		command := command
		if len(command) == 0 {
			self, err := os.Executable()
			if err != nil {
				return nil, err
			}
			// A test's program would run its tests instead, which start it again.
			if filepath.Ext(self) == ".test" {
				return nil, errors.New("a test must say which command reads microphones")
			}
			command = []string{self, ReaderCommand}
		}
		return startChild(log, append(append([]string{}, command...), args...))
	}
}

// child is a reader process of the operating system.
type child struct {
	cmd    *exec.Cmd
	in     io.Closer // the process ends when this is closed, also when we die
	out    *os.File
	stderr *lastLine
}

func startChild(log *slog.Logger, command []string) (*child, error) {
	// A pipe of our own rather than StdoutPipe: Wait would close that under the
	// goroutine that still reads.
	out, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(command[0], command[1:]...), out: out, stderr: &lastLine{log: log}}
	c.cmd.Stdout = theirs
	c.cmd.Stderr = c.stderr
	// A helper of the sound library may hold our pipe for standard error open.
	c.cmd.WaitDelay = closeLimit
	// A Ctrl-C in the terminal is for us; the process follows in its time.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.in, err = c.cmd.StdinPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	theirs.Close()
	if err != nil {
		out.Close()
		return nil, err
	}
	return c, nil
}

func (c *child) Read(p []byte) (int, error) { return c.out.Read(p) }

func (c *child) Stop(hangs bool) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.cmd.Wait()
	}()
	c.in.Close()
	limit := time.NewTimer(closeLimit)
	defer limit.Stop()
	if !hangs {
		select {
		case <-ended:
		case <-limit.C:
			hangs = true
		}
	}
	if hangs {
		c.cmd.Process.Kill()
		<-ended
	}
	// Closing ends a Read that is still on its way.
	c.out.Close()
}

func (c *child) LastWords() string { return c.stderr.text }

// lastLine keeps the last line that was written to it and logs every one.
type lastLine struct {
	log  *slog.Logger
	rest []byte
	text string
}

func (l *lastLine) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			break
		}
		l.rest = rest
		if text := strings.TrimSpace(string(line)); text != "" {
			l.text = text
			if l.log != nil {
				l.log.Debug("sound library: " + text)
			}
		}
	}
	if len(l.rest) > 4096 {
		l.rest = nil
	}
	return len(p), nil
}
