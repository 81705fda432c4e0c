package main

import (
	"os"

	"github.com/spf13/cobra"

	"studio/configs"
	"studio/ui/kiosk"
)

func kioskCommand() *cobra.Command {
	var socket, language string
	var window bool
	cmd := &cobra.Command{
		Use:   "kiosk",
		Short: "Shows the artisan's touchscreen of a running engine",
		Long: `Shows the touchscreen: the programme, one big button, the cameras, the steps. It is a
client of the engine over a local socket: it can crash and come back without a
frame lost on air.`,
		Example: `  studio kiosk
  studio kiosk --window --language en
  studio kiosk --socket /run/studio/studio.sock`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return kiosk.Run(cmd.Context(), kiosk.Options{
				Socket: socket, Language: language, FullScreen: !window, Stuck: func() { os.Exit(0) },
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&socket, "socket", configs.DefaultSocket(), "`PATH` of the engine's socket")
	f.StringVar(&language, "language", "zh", "zh or en")
	f.BoolVar(&window, "window", false, "in a window instead of the whole screen")
	return cmd
}
