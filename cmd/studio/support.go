package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"
	"golang.org/x/sys/unix"

	"studio/configs"
	"studio/configs/vault"
	"studio/support"
	"studio/ui"
)

// SupportName implements api.Support.
func (e *engine) SupportName() string { return support.FileName(e.config.Name, time.Now()) }

// WriteSupport implements api.Support. It asks what the faces ask, so the programme
// does not wait for it any more than for a page.
func (e *engine) WriteSupport(ctx context.Context, w io.Writer) error {
	parts := []support.Part{
		versionPart(), boxPart(),
		{Name: "status.json", About: ui.Text{En: "what the page shows", Zh: "网页显示的全部状态"}, Write: e.writeStatus},
		{Name: "metrics.txt", About: ui.Text{En: "counters since the start", Zh: "启动以来的各项计数"}, Write: e.metrics.write},
		doctorPart("cameras, serial ports, fonts and the disk; what is on air is left alone: encoder and microphones are not tried",
			"摄像头、串口、字体和磁盘；不打扰正在运行的节目，所以不测试编码器和话筒",
			func() []finding { return examineOnAir(e.config.Recording.Folder) }),
		configurationPart(e.config, nil),
		wantedPart(func(w io.Writer) error { return support.Wanted(w, e.wanted.State()) }),
		{Name: "log.txt", About: ui.Text{En: "the last lines of the log", Zh: "最近的日志"}, Write: e.writeLog},
		{Name: "goroutines.txt", About: ui.Text{En: "where in the program its parts are just now", Zh: "程序各部分此刻运行到哪里"}, Write: writeGoroutines},
		recordingsPart(e.config.Recording.Folder),
	}
	return support.Write(ctx, w, time.Now(), parts, support.Cover(append(configured(e.config), e.stored(ctx)...)))
}

// stored lists the secrets in the vault; none if it does not answer, because the disk
// to which it just writes hangs: that box needs help most.
func (e *engine) stored(ctx context.Context) []vault.Secret {
	all := make(chan []vault.Secret, 1) // one answer, also when nobody waits any more
	go func() { all <- e.vault.All() }()
	patience := time.NewTimer(3 * time.Second)
	defer patience.Stop()
	select {
	case secrets := <-all:
		return secrets
	case <-patience.C:
	case <-ctx.Done():
	}
	return nil
}

// configured lists the secrets that stand in a configuration.
func configured(c *configs.Config) []vault.Secret {
	list := []vault.Secret{{Address: c.UploadTest}}
	for _, d := range c.Destinations {
		list = append(list, vault.Secret{Address: d.Address, Key: d.Key, Bearer: d.Bearer})
	}
	return list
}

func versionPart() support.Part {
	return support.Part{Name: "version.txt", About: ui.Text{En: "the program, and when this was made", Zh: "程序版本，以及本文件的生成时间"},
		Write: func(_ context.Context, w io.Writer) error {
			now := time.Now()
			if _, err := fmt.Fprintf(w, "studio %s\nmade at %s (UTC %s)\n\n", version, now.Format(time.RFC3339), now.UTC().Format(time.RFC3339)); err != nil {
				return err
			}
			build, ok := debug.ReadBuildInfo()
			if !ok {
				return errors.New("the program was built without its build information")
			}
			_, err := io.WriteString(w, build.String())
			return err
		}}
}

func boxPart() support.Part {
	return support.Part{Name: "box.txt", About: ui.Text{En: "the machine and its system", Zh: "机器和操作系统"}, Write: writeBox}
}

func writeBox(_ context.Context, w io.Writer) error {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return fmt.Errorf("uname: %w", err)
	}
	if _, err := fmt.Fprintf(w, "%s %s %s %s\ncores: %d\n", unix.ByteSliceToString(name.Sysname[:]), unix.ByteSliceToString(name.Release[:]),
		unix.ByteSliceToString(name.Version[:]), unix.ByteSliceToString(name.Machine[:]), runtime.NumCPU()); err != nil {
		return err
	}
	for _, from := range []struct {
		file  string
		lines []string // that begin so; nil: all
	}{
		{"/etc/os-release", []string{"PRETTY_NAME"}},
		{"/proc/cpuinfo", []string{"model name", "Model"}},
		{"/proc/meminfo", []string{"MemTotal", "MemAvailable", "SwapTotal", "SwapFree"}},
		{"/proc/uptime", nil},
		{"/proc/loadavg", nil},
		{"/proc/pressure/cpu", nil},
		{"/proc/pressure/memory", nil},
		{"/proc/pressure/io", nil},
	} {
		if err := quote(w, from.file, from.lines); err != nil {
			return err
		}
	}
	return nil
}

// quote writes lines of one of the system's files; the same line twice, as each core
// has one, only once. A file that is not there is told.
func quote(w io.Writer, file string, begin []string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		_, err = fmt.Fprintf(w, "%v\n", err)
		return err
	}
	seen := make(map[string]bool)
	for line := range strings.Lines(string(data)) {
		wanted := begin == nil
		for _, b := range begin {
			wanted = wanted || strings.HasPrefix(line, b)
		}
		if !wanted || seen[line] {
			continue
		}
		seen[line] = true
		if _, err := fmt.Fprintf(w, "%s: %s\n", file, strings.TrimSpace(line)); err != nil {
			return err
		}
	}
	return nil
}

func (e *engine) writeStatus(_ context.Context, w io.Writer) error {
	to := json.NewEncoder(w)
	to.SetEscapeHTML(false)
	to.SetIndent("", "  ")
	return to.Encode(e.Status())
}

// write writes what GET /metrics answers.
func (m *metrics) write(_ context.Context, w io.Writer) error {
	families, err := m.registry.Gather()
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return err
		}
	}
	return err
}

func doctorPart(en, zh string, look func() []finding) support.Part {
	return support.Part{Name: "doctor.txt", About: ui.Text{En: "what “studio doctor” says: " + en, Zh: "studio doctor 的结果：" + zh},
		Write: func(_ context.Context, w io.Writer) error { return report(w, look(), false) }}
}

// configurationPart shows what the box was told, or why that cannot be known.
func configurationPart(c *configs.Config, err error) support.Part {
	return support.Part{Name: "configuration.yaml", About: ui.Text{En: "what the configuration says, without secrets", Zh: "配置内容，不含密钥"},
		Write: func(_ context.Context, w io.Writer) error {
			if err != nil {
				return support.Unread(err)
			}
			return support.Configuration(w, c)
		}}
}

func wantedPart(write func(w io.Writer) error) support.Part {
	return support.Part{Name: "wanted.yaml", About: ui.Text{En: "what was set by hand and holds over a restart", Zh: "手动设置、重启后仍然有效的内容"},
		Write: func(_ context.Context, w io.Writer) error { return write(w) }}
}

func (e *engine) writeLog(_ context.Context, w io.Writer) error {
	if e.said == nil {
		return errors.New("nobody keeps the log of this engine")
	}
	_, err := w.Write(e.said.Lines())
	return err
}

// writeGoroutines leaves out what functions were called with.
func writeGoroutines(_ context.Context, w io.Writer) error {
	return pprof.Lookup("goroutine").WriteTo(w, 1)
}

func recordingsPart(folder string) support.Part {
	return support.Part{Name: "recordings.txt", About: ui.Text{En: "names, sizes and times of the recordings, nothing of their content", Zh: "录像文件的名称、大小和时间，不含内容"},
		Write: func(ctx context.Context, w io.Writer) error { return listFiles(ctx, w, folder) }}
}

func listFiles(ctx context.Context, w io.Writer, folder string) error {
	if folder == "" {
		_, err := fmt.Fprintln(w, "no recording folder is configured")
		return err
	}
	to := bufio.NewWriter(w)
	fmt.Fprintf(to, "%s\n", folder)
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was finished or deleted meanwhile
		} else if err != nil {
			return err
		}
		_, err = fmt.Fprintf(to, "%16d  %s  %s\n", info.Size(), info.ModTime().Format(time.RFC3339), name)
		return err
	})
	return errors.Join(err, to.Flush())
}
