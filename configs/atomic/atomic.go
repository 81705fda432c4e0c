// Package atomic replaces files so that a power cut leaves either the old content
// or the new one, whole and on the disk, and keeps the version before.
package atomic

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Previous is what is added to a file's name for the version before.
const Previous = ".previous"

// Write replaces the file at path, whose folder exists, and returns when the new
// content is on the disk. The version before stays beside it under the name with
// Previous. Two writers of one file must not run at once.
func Write(path string, data []byte, mode fs.FileMode) error {
	folder := filepath.Dir(path)
	fresh, err := os.CreateTemp(folder, "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	err = fill(fresh, data, mode)
	if err == nil {
		err = keepPrevious(path)
	}
	if err == nil {
		err = os.Rename(fresh.Name(), path)
	}
	if err == nil {
		err = syncFolder(folder)
	}
	if err != nil {
		// What could not be saved is of no use; that it may stay behind changes nothing.
		_ = os.Remove(fresh.Name())
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}

func fill(f *os.File, data []byte, mode fs.FileMode) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// keepPrevious gives the present content a second name, so that path itself is
// there at every moment.
func keepPrevious(path string) error {
	spare := path + Previous
	link := spare + ".new"
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := os.Link(path, link)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Rename(link, spare)
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
