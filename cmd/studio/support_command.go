package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"studio/configs"
	"studio/configs/vault"
	"studio/configs/wanted"
	"studio/support"
	"studio/ui"
)

func supportCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "support [FILE.zip]",
		Short: "Writes a file for whoever helps from afar",
		Long: `Writes one zip of plain text that says how this box is: version, status, figures,
doctor, configuration, log. No pictures, no sound and no stream keys are in it. A
running engine makes it, as on the page; if none answers, everything is collected
that needs none. The name of the file is printed; one that exists is not touched.`,
		Example: `  studio support
  sudo studio support --config /var/lib/studio/studio.yaml
  studio support --config studio.yaml /media/stick/box.zip`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			c, unread := &configs.Config{Listen: configs.DefaultListen}, errors.New("it was not named: --config FILE")
			if file != "" {
				var read *configs.Config
				if read, unread = configs.Read(file); unread == nil {
					c = read
				}
			}
			path := support.FileName(c.Name, time.Now())
			if len(args) > 0 {
				path = args[0]
			}
			zip, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return fmt.Errorf("support file: %w", err)
			}
			defer func() {
				if err = errors.Join(err, zip.Close()); err != nil {
					_ = os.Remove(path) // half a file helps nobody
				}
			}()
			if err := collect(cmd.Context(), zip, c, unread, cmd.ErrOrStderr()); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
			return err
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration `FILE` of the engine")
	return cmd
}

// collect has the engine make the file or, if it cannot, makes it without. unread is
// why there is no configuration; nil: there is. notes are for who stands before it.
func collect(ctx context.Context, zip *os.File, c *configs.Config, unread error, notes io.Writer) error {
	failure := fetch(ctx, zip, c.Listen)
	if failure == nil || ctx.Err() != nil {
		return errors.Join(failure, ctx.Err())
	}
	fmt.Fprintf(notes, "no engine makes the file (%v): it is collected without\n", failure)
	if unread != nil {
		fmt.Fprintf(notes, "without a configuration (%v)\n", support.Unread(unread))
	}
	if _, err := zip.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("support file: %w", err)
	}
	if err := zip.Truncate(0); err != nil {
		return fmt.Errorf("support file: %w", err)
	}
	secrets := configured(c)
	if c.State != "" {
		// What cannot be opened here is in no part either.
		stored, _ := vault.Peek(c.State, os.Getenv("CREDENTIALS_DIRECTORY"))
		secrets = append(secrets, stored...)
	}
	return errors.Join(support.Write(ctx, zip, time.Now(), withoutEngine(c, unread, failure), support.Cover(secrets)), ctx.Err())
}

// fetch writes what the engine at an address makes.
func fetch(ctx context.Context, zip io.Writer, listen string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listen+"/api/support", nil)
	if err != nil {
		return err
	}
	// No proxy: it is this box. An engine that is stuck takes connections and says nothing.
	transport := &http.Transport{ResponseHeaderTimeout: 15 * time.Second, DisableKeepAlives: true}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer closeQuietly(answer.Body)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/zip" {
		return fmt.Errorf("what answers at %s makes no support file: %s", listen, answer.Status)
	}
	_, err = io.Copy(zip, answer.Body)
	return err
}

// withoutEngine lists what can be said without an engine.
func withoutEngine(c *configs.Config, unread, failure error) []support.Part {
	doctor := doctorPart("all that it looks at", "全部检查", func() []finding { return examine(cmp.Or(c.Recording.Folder, ".")) })
	doctor.Limit = time.Minute // the encoder is measured, and a sound card may hang
	if !errors.Is(failure, syscall.ECONNREFUSED) {
		// Something is there, perhaps on air.
		doctor = doctorPart("without encoder and microphones, which an engine may be using", "不测试编码器和话筒，它们可能正在使用",
			func() []finding { return examineOnAir(cmp.Or(c.Recording.Folder, ".")) })
	}
	parts := []support.Part{
		{Name: "engine.txt", About: ui.Text{En: "why the engine did not make this file: status, figures and its own log are missing", Zh: "为什么不是由运行中的程序生成：缺少状态、计数和它自己的日志"},
			Write: func(_ context.Context, w io.Writer) error {
				_, err := fmt.Fprintln(w, failure)
				return err
			}},
		versionPart(), boxPart(), doctor,
		configurationPart(c, unread),
		{Name: "journal.txt", About: ui.Text{En: "the last lines that the system's journal has of studio", Zh: "系统日志中 studio 最近的记录"}, Write: writeJournal},
	}
	if unread != nil {
		return parts // nobody knows where the rest lies
	}
	return append(parts, wantedPart(func(w io.Writer) error { return writeStoredWishes(w, c.State) }), recordingsPart(c.Recording.Folder))
}

// writeStoredWishes reads what is wanted, and makes no folder for it.
func writeStoredWishes(w io.Writer, folder string) error {
	if _, err := os.Stat(folder); err != nil {
		return err
	}
	store, note, err := wanted.Open(folder)
	if err != nil {
		return err
	}
	if note != "" {
		err = errors.New(note)
	}
	return errors.Join(support.Wanted(w, store.State()), err)
}

// writeJournal asks for what was written to standard error under systemd, where the
// reason stands why an engine does not come up. COMM is the program's name, as the
// kernel has it.
func writeJournal(ctx context.Context, w io.Writer) error {
	cmd := exec.CommandContext(ctx, "journalctl", "--no-pager", "--quiet", "--no-hostname", "--output=short-iso", "--lines=3000", "_COMM=studio")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = w, &said, time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("journalctl: %w %s", err, strings.TrimSpace(said.String()))
	}
	return nil
}
