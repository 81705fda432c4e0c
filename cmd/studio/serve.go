package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"studio/configs"
)

func serveCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "Runs the engine with the technician's page",
		Long: `Runs the engine: cameras, rig, overlays, destinations, recording, the technician's
page and the socket that the kiosk speaks to. It needs no display. It ends cleanly
on SIGINT and SIGTERM, with every file closed.`,
		Example: `  studio serve --config /etc/studio/studio.yaml
  studio serve --config configs/example.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := configs.Read(file)
			if err != nil {
				return err
			}
			log, said := remember()
			e, err := newEngine(config, log)
			if err != nil {
				return err
			}
			e.said = said
			return e.Run(cmd.Context(), func() {
				fmt.Fprintf(cmd.ErrOrStderr(), "studio %s: page on http://%s/, kiosk on %s\n", version, config.Listen, config.Socket)
			})
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration `FILE`; configs/example.yaml explains every key")
	if err := cmd.MarkFlagRequired("config"); err != nil {
		panic(err) // the flag is declared one line above
	}
	return cmd
}
