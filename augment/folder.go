package augment

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/seed-cdf14512/graft/format/shard"
)

// What a build's folder holds. The work folder is hidden, so that no glob over a
// build meets it.
const (
	workFolder  = ".building"
	rejectsName = "rejects.jsonl"
	statsName   = "stats.json"
	cardName    = "README.md"

	tokenizerName = "tokenizer.json"
	sourcesName   = "behaviors" // files of behaviors without Go
	graphsName    = "graphs.jsonl"
)

// outputs are what a build replaces when it is installed.
var outputs = []string{"records", "lineage", "shards", "prompts", "derived", "parents", "pairs", rejectsName, statsName, cardName, tokenizerName, sourcesName, graphsName}

// ErrBusy is wrapped when another build holds the folder.
var ErrBusy = errors.New("another graft build is at work in this folder")

// ErrForeign is wrapped when the output folder holds what is not a build's.
var ErrForeign = errors.New("not a folder of graft's")

// lockFolder makes the folder if need be and takes its lock, which the system
// drops by itself if the process dies. The lock is on the folder, so that no
// file stands beside a build's. Dropping it takes the folders that it made away
// again, as far as nothing stands in them.
func lockFolder(out string) (release func(), err error) {
	if err := ownFolder(out); err != nil {
		return nil, err
	}
	made := missing(out)
	if err := os.MkdirAll(out, 0o777); err != nil {
		return nil, err
	}
	d, err := os.Open(out)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(d.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		d.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w; wait for it, or build into another folder", out, ErrBusy)
		}
		return nil, fmt.Errorf("%s: lock: %w", out, err)
	}
	if held, err := d.Stat(); err == nil {
		if named, err := os.Stat(out); err != nil || !os.SameFile(held, named) {
			d.Close() // a build that came to nothing took its folder away meanwhile
			return lockFolder(out)
		}
	}
	return func() {
		for _, dir := range made {
			if os.Remove(dir) != nil {
				break // a build stands in it
			}
		}
		d.Close()
	}, nil
}

// missing are the folders that must be made for out to be there, from out up.
func missing(out string) (dirs []string) {
	for dir := filepath.Clean(out); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			return dirs
		}
		dirs = append(dirs, dir)
	}
}

// ownFolder refuses to build over files that are not a build's.
func ownFolder(out string) error {
	entries, err := os.ReadDir(out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	known := append([]string{workFolder, shard.ManifestName}, outputs...)
	for _, e := range entries {
		if !slices.Contains(known, e.Name()) {
			return fmt.Errorf("%s: %w: it holds %s; name an empty folder, or one of an earlier build", out, ErrForeign, e.Name())
		}
	}
	return nil
}

// install moves a finished build from the work folder to its place. The old
// manifest goes first and the new one comes last: whatever happens between, the
// folder is either a whole build or says that it is none. The work folder's
// manifest is there until the end, so that the next run can finish what was
// begun (resume).
func install(work, out string) error {
	m, err := shard.ReadManifest(work)
	if err != nil {
		return err
	}
	manifest := filepath.Join(out, shard.ManifestName)
	if err := os.Remove(manifest); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range outputs {
		if err := place(work, out, name, has(m, name)); err != nil {
			return err
		}
	}
	if err := os.Rename(filepath.Join(work, shard.ManifestName), manifest); err != nil {
		return err
	}
	return syncFolder(out)
}

// place puts one file or folder of a build where it belongs. What the new build
// has and the work folder has not stands in its place already.
func place(work, out, name string, wanted bool) error {
	from, to := filepath.Join(work, name), filepath.Join(out, name)
	if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) && wanted {
		return nil
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if !wanted {
		return nil
	}
	return os.Rename(from, to)
}

// has reports whether a build has files of that name, or in the folder of that
// name.
func has(m *shard.Manifest, name string) bool {
	return slices.ContainsFunc(m.Files, func(f shard.File) bool { return f.Path == name || strings.HasPrefix(f.Path, name+"/") })
}

// resume finishes the installation of a build that was complete when its
// process was killed, and clears away one that was not. The caller holds the
// folder.
func resume(work, out string) error {
	if _, err := os.Lstat(filepath.Join(work, shard.ManifestName)); err == nil {
		if err := install(work, out); err != nil {
			return err
		}
	}
	return os.RemoveAll(work)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
