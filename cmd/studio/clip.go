package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"studio/publish/clips"
)

func clipCommand() *cobra.Command {
	var from, to time.Duration
	var folder, title string
	cmd := &cobra.Command{
		Use:   "clip RECORDING --from TIME --to TIME",
		Short: "Cuts a piece out of a recording",
		Long: `Copies a stretch of the programme's recording (MP4), of a camera's or the
microphones' own (Matroska) into a file of its own. Nothing is coded again. Times count
from the recording's start.`,
		Example: `  studio clip recordings/wheel_2026-05-01_10-00-00_001.mkv --from 12m30s --to 13m
  studio clip recordings/wheel_2026-05-01_10-00-00_001.mkv --to 30s --title 开窑 --folder /media/stick`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to <= from {
				return fmt.Errorf("--to %v: allowed: a time after --from (%v)", to, from)
			}
			if folder == "" {
				folder = filepath.Dir(args[0])
			}
			extension := filepath.Ext(args[0])
			wish := clips.Wish{
				Folder: folder, Name: strings.TrimSuffix(filepath.Base(args[0]), extension),
				From: from, To: to, At: time.Now(), Title: title,
			}
			var clip clips.Clip
			var err error
			if extension == ".mp4" {
				clip, err = clips.FromProgramme(wish, args[0])
			} else {
				clip, err = clips.FromISO(cmd.Context(), wish, args[0])
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), clip.Path)
			return err
		},
	}
	f := cmd.Flags()
	f.DurationVar(&from, "from", 0, "`TIME` from the recording's start, such as 12m30s")
	f.DurationVar(&to, "to", 0, "`TIME` from the recording's start")
	f.StringVar(&folder, "folder", "", "put it into this `DIR` (default: beside the recording)")
	f.StringVar(&title, "title", "", "`TEXT` that players show")
	return cmd
}
