package main

import (
	"github.com/spf13/cobra"

	"studio/capture/microphone"
	"studio/capture/microphone/reader"
)

// readerCommand is the process that listens to a microphone for the engine; people
// do not call it.
func readerCommand() *cobra.Command {
	return &cobra.Command{
		Use:                microphone.ReaderCommand,
		Short:              "Listens to a microphone for the engine",
		Example:            "  studio " + microphone.ReaderCommand + " list",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return reader.Run(args, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
