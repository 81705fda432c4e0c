// Command studio is the whole box: the engine that mixes, explains and publishes
// a broadcast, the touchscreen's kiosk, and the tools of the people who set it
// up. All parts are put together here, in the order in which data flows.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"studio/support"
)

// version is stamped in by the build.
var version = "unknown"

func main() {
	if err := forbidCore(); err != nil {
		fmt.Fprintln(os.Stderr, "studio:", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "studio:", err)
		os.Exit(1)
	}
}

// forbidCore keeps the program's memory, which holds stream keys, out of what a crash
// leaves on the disk. A crash still says on standard error where it was.
func forbidCore() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("a crash may leave stream keys in a core file: %w", err)
	}
	return nil
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "studio",
		Short: "Mixes, explains and broadcasts the making of things",
		Long: `studio mixes cameras into one explained, multi-angle programme, with live figures
from instruments in the picture, and publishes it to several places at once.`,
		Example: `  studio demo                        a programme in the browser, with no camera at hand
  studio serve --config studio.yaml  the engine on real cameras
  studio kiosk                       the touchscreen of a running engine
  studio doctor                      what this box has, and what is wrong with it
  studio support                     a file for whoever helps from afar`,
		Version:            version,
		SilenceUsage:       true,
		SilenceErrors:      true,
		DisableSuggestions: true, // an error is one line
		CompletionOptions:  cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	cmd.AddCommand(demoCommand(), serveCommand(), kioskCommand(), benchCommand(), clipCommand(), doctorCommand(), supportCommand(), readerCommand(), trialCommand(), windowCommand())
	return cmd
}

// logger writes lines for an operator to standard error.
func logger() *slog.Logger { return logTo(os.Stderr) }

// remember is logger, and keeps what was written of late for the support file.
func remember() (*slog.Logger, *support.Log) {
	said := support.NewLog(1 << 20) // bytes; of what is longer the oldest lines go
	// What comes first is kept even if nobody takes standard error.
	return logTo(io.MultiWriter(said, os.Stderr)), said
}

func logTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo}))
}
