package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// runName is the file that says what run a folder holds.
const runName = "run.json"

// lockName is the file whose lock a run holds.
const lockName = ".lock"

// A folder is the out folder of a run, locked against a second process.
type folder struct {
	dir           string
	lock          *os.File
	made, claimed bool // by this process: the folder, its run.json
}

// openFolder makes or opens the out folder of a run. identity is all that
// decides the results of the run, as JSON; a folder that holds another run is
// refused with what differs.
func openFolder(dir string, identity []byte) (*folder, error) {
	made := !exists(dir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	f := &folder{dir: dir, lock: lock}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.close()
		return nil, fmt.Errorf("%s: another process is at work in it", dir)
	}
	f.made = made
	if err := f.claim(identity); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *folder) claim(identity []byte) error {
	path := filepath.Join(f.dir, runName)
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := f.empty(); err != nil {
			return err
		}
		f.claimed = true
		return writeWhole(path, identity)
	}
	if err == nil && !bytes.Equal(old, identity) {
		if f.empty() == nil { // that run was refused before its first step: nothing of it is lost
			return writeWhole(path, identity)
		}
		err = fmt.Errorf("%s holds another run%s; choose another out, or remove that folder", f.dir, differing(old, identity))
	}
	return err
}

// empty refuses a folder with files of somebody else's.
func (f *folder) empty() error {
	entries, err := os.ReadDir(f.dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && e.Name() != runName && e.Name() != runName+".partial" {
			return fmt.Errorf("%s is not empty and holds no run (%s is in it); choose another out", f.dir, e.Name())
		}
	}
	return err
}

// differing lists the keys in which two JSON objects differ.
func differing(a, b []byte) string {
	flatA, flatB := flatten(a), flatten(b)
	for k := range flatB {
		if _, ok := flatA[k]; !ok {
			flatA[k] = "nothing"
		}
	}
	var out []string
	for _, k := range sortedKeys(flatA) {
		got, ok := flatB[k]
		if !ok {
			got = "nothing"
		}
		if flatA[k] != got {
			out = append(out, fmt.Sprintf("%s is %s there and %s here", k, flatA[k], got))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return ": " + strings.Join(out, "; ")
}

func flatten(text []byte) map[string]string {
	out := map[string]string{}
	var walk func(ptr string, raw json.RawMessage)
	walk = func(ptr string, raw json.RawMessage) {
		var m map[string]json.RawMessage
		if json.Unmarshal(raw, &m) != nil || m == nil {
			out[ptr] = string(raw)
			return
		}
		for k, v := range m {
			walk(strings.TrimPrefix(ptr+"."+k, "."), v)
		}
	}
	walk("", text)
	return out
}

// close ends the lock. A run that could not begin, for want of a device, of memory, of
// weights, leaves nothing: what it made is removed where nothing else came to it.
func (f *folder) close() error {
	if f.claimed && f.bare() {
		os.Remove(filepath.Join(f.dir, runName))
		if f.made {
			os.Remove(filepath.Join(f.dir, lockName))
			os.Remove(f.dir)
		}
	}
	return f.lock.Close()
}

// bare reports that the folder holds what openFolder writes and nothing else.
func (f *folder) bare() bool {
	entries, err := os.ReadDir(f.dir)
	for _, e := range entries {
		if e.Name() != lockName && e.Name() != runName {
			return false
		}
	}
	return err == nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
