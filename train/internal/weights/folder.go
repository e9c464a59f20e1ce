package weights

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace fills a new folder and gives it its name when it is whole: fill writes
// into a temporary folder beside dir, which is then synced and renamed. A folder
// of that name that is there already is refused, and kept. If the program is
// killed, what is left is called .NAME.partial-* and never dir.
func Replace(dir string, fill func(tmp string) error) error {
	dir = filepath.Clean(dir)
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w; a checkpoint never overwrites one", dir, fs.ErrExist)
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".partial-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) // nothing is there after the rename
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err := fill(tmp); err != nil {
		return err
	}
	if err := syncFolder(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return err
	}
	return syncFolder(parent)
}

// ReadText reads a small file of a checkpoint: a regular one of 64 MiB at most.
func ReadText(path string) ([]byte, error) {
	const most = 64 << 20
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, fmt.Errorf("%s: %w: want a plain file of %d bytes at most", path, ErrFormat, most)
	}
	return os.ReadFile(path)
}

// WriteText writes a small file of a checkpoint, synced.
func WriteText(path string, data []byte) error { return writeSynced(path, data) }

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
