package main

import (
	"github.com/spf13/cobra"

	"studio/encode"
)

// trialCommand is the process that tries a device's encoder for the engine; people
// do not call it.
func trialCommand() *cobra.Command {
	return &cobra.Command{
		Use:                encode.TrialCommand,
		Short:              "Tries an encoder for the engine",
		Example:            "  studio " + encode.TrialCommand + ` '{"Encoder":"h264_vaapi","Size":{"Width":1280,"Height":720},"Rate":{"Num":30,"Den":1},"BitsPerSecond":3000000}'`,
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return encode.RunTrial(args, cmd.OutOrStdout())
		},
	}
}
