package augment_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-cdf14512/graft/augment"
	"github.com/seed-cdf14512/graft/behaviors"
	"github.com/seed-cdf14512/graft/format/shard"
)

// TestMain is also the child that tests kill and starve: it builds the recipe
// in a folder and says how it went, as graft build does.
func TestMain(m *testing.M) {
	dir, out, ok := strings.Cut(os.Getenv("GRAFT_TEST_CHILD"), "|")
	if !ok {
		os.Exit(m.Run())
	}
	if err := childBuild(dir, out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func childBuild(dir, out string) error {
	if most, err := strconv.ParseUint(os.Getenv("GRAFT_TEST_FSIZE"), 10, 64); err == nil {
		limitFileSize(most)
	}
	plan, _, err := augment.Load(filepath.Join(dir, "recipe.yaml"), behaviors.Suite)
	if err != nil {
		return err
	}
	_, err = augment.Build(context.Background(), plan, out, augment.BuildOptions{Version: "test"})
	return err
}

// child is a process that builds the recipe.yaml of dir into out.
func child(t *testing.T, dir, out string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), "GRAFT_TEST_CHILD="+dir+"|"+out), env...)
	return cmd
}

// One build at a time in a folder; the second is told so and changes nothing.
func TestSecondBuildIsBusy(t *testing.T) {
	out := t.TempDir()
	in, feed := io.Pipe()
	first := make(chan error, 1)
	go func() {
		_, err := augment.Build(context.Background(), load(t, ".", plain+"traces: [{path: '-', format: jsonl}]\n"), out, augment.BuildOptions{Stdin: in})
		first <- err
	}()
	if _, err := io.WriteString(feed, read(t, "../testdata/corpora/tiny/three.jsonl")); err != nil {
		t.Fatal(err)
	}
	_, err := augment.Build(context.Background(), load(t, ".", plain+traces("builtin:quickstart")), out, augment.BuildOptions{})
	if !errors.Is(err, augment.ErrBusy) {
		t.Errorf("second build: %v, want ErrBusy", err)
	}
	feed.Close()
	if err := <-first; err != nil {
		t.Fatalf("the first build: %v", err)
	}
	prove(t, out)
	if got := len(rows(t, out)); got != 3 {
		t.Errorf("%d rows of the first build, want 3", got)
	}
}

// A folder with anything in it that no build wrote is left alone.
func TestForeignFolderIsRefused(t *testing.T) {
	for _, name := range []string{"thesis.tex", "records.bak/part.parquet", ".git/HEAD"} {
		out := t.TempDir()
		write(t, out, map[string]string{name: "precious"})
		_, err := augment.Build(context.Background(), load(t, ".", plain+traces("builtin:quickstart")), out, augment.BuildOptions{})
		if !errors.Is(err, augment.ErrForeign) || !strings.Contains(err.Error(), strings.Split(name, "/")[0]) {
			t.Errorf("%s: %v, want ErrForeign", name, err)
		}
		if read(t, filepath.Join(out, name)) != "precious" {
			t.Errorf("%s was touched", name)
		}
		if entries, _ := os.ReadDir(out); len(entries) != 1 {
			t.Errorf("the refused build left %v", entries)
		}
	}
}

// twoRecipes makes a folder with a finished build of one recipe, and a folder
// with another recipe to build over it.
func twoRecipes(t *testing.T) (dir, out string, before, after map[string]string) {
	t.Helper()
	dir = t.TempDir()
	recipe := plain + behaviorsAt("0.4") + traces("in.jsonl")
	write(t, dir, map[string]string{
		"in.jsonl":    read(t, "builtin/quickstart.jsonl"),
		"recipe.yaml": strings.Replace(recipe, "seed: 5", "seed: 6", 1),
	})
	out, _ = build(t, dir, recipe, augment.BuildOptions{})
	before = digests(t, out, everything)
	fresh := filepath.Join(t.TempDir(), "fresh")
	if text, err := child(t, dir, fresh).CombinedOutput(); err != nil {
		t.Fatal(err, string(text))
	}
	after = digests(t, fresh, everything)
	if cmp.Equal(before, after) {
		t.Fatal("the two recipes give the same build: the test shows nothing")
	}
	return dir, out, before, after
}

// A build that is killed leaves the earlier one as it was, or, within the
// moment in which files change places, a folder that says it is no build. The
// next run gives what an undisturbed one gives.
func TestKilledBuild(t *testing.T) {
	dir, out, before, after := twoRecipes(t)
	start := time.Now()
	if text, err := child(t, dir, filepath.Join(t.TempDir(), "timing")).CombinedOutput(); err != nil {
		t.Fatal(err, string(text))
	}
	whole := time.Since(start)
	killed := 0
	for range 12 {
		cmd := child(t, dir, out)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(whole))))
		cmd.Process.Signal(syscall.SIGKILL)
		if cmd.Wait() != nil {
			killed++
		}
		if _, err := shard.ReadManifest(out); err != nil {
			if !strings.Contains(err.Error(), "no manifest") {
				t.Fatalf("after a kill: %v", err)
			}
			// Killed while it was being moved: it must be whole all the same, for
			// the next run to finish.
			if _, err := shard.ReadManifest(filepath.Join(out, ".building")); err != nil {
				t.Fatalf("after a kill neither build is there: %v", err)
			}
			continue
		}
		if got := digests(t, out, everything); !cmp.Equal(got, before) && !cmp.Equal(got, after) {
			t.Fatalf("after a kill the folder is neither build:\n%s", cmp.Diff(before, got))
		}
	}
	if killed == 0 {
		t.Error("no run was killed before its end")
	}
	if text, err := child(t, dir, out).CombinedOutput(); err != nil {
		t.Fatal(err, string(text))
	}
	if diff := cmp.Diff(after, digests(t, out, everything)); diff != "" {
		t.Errorf("the build after the kills differs from an undisturbed one:\n%s", diff)
	}
	if left, _ := filepath.Glob(filepath.Join(out, ".building*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A disk that fills up ends the build with the system's word for it, and the
// earlier build stands.
func TestFullDisk(t *testing.T) {
	dir, out, before, _ := twoRecipes(t)
	for _, most := range []int{0, 4 << 10, 60 << 10, 100 << 10} {
		text, err := child(t, dir, out, fmt.Sprintf("GRAFT_TEST_FSIZE=%d", most)).CombinedOutput()
		if err == nil || !strings.Contains(string(text), syscall.EFBIG.Error()) || bytes.Contains(text, []byte("goroutine ")) {
			t.Errorf("files of at most %d bytes: %v, %s", most, err, text)
		}
		if diff := cmp.Diff(before, digests(t, out, everything)); diff != "" {
			t.Fatalf("files of at most %d bytes: the earlier build changed:\n%s", most, diff)
		}
	}
}

// The same on a small file system of its own, where mounting is allowed.
func TestFullDiskMounted(t *testing.T) {
	disk := t.TempDir()
	if text, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("needs the right to mount a tmpfs: %v: %s", err, text)
	}
	defer exec.Command("umount", disk).Run()
	dir, _, _, _ := twoRecipes(t)
	small := t.TempDir()
	write(t, small, map[string]string{"recipe.yaml": plain + traces("in.jsonl"), "in.jsonl": read(t, "../testdata/corpora/tiny/three.jsonl")})
	out := filepath.Join(disk, "out")
	if text, err := child(t, small, out).CombinedOutput(); err != nil {
		t.Fatal(err, string(text))
	}
	before := digests(t, out, everything)
	text, err := child(t, dir, out).CombinedOutput()
	if err == nil || !strings.Contains(string(text), syscall.ENOSPC.Error()) {
		t.Errorf("%v, %s", err, text)
	}
	if diff := cmp.Diff(before, digests(t, out, everything)); diff != "" {
		t.Errorf("the earlier build changed:\n%s", diff)
	}
	prove(t, out)
}

// A run that is told to stop stops, and leaves no work folder behind.
func TestCancelledBuild(t *testing.T) {
	out := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	stop := func(p augment.Progress) {
		if p.Stage == "compile" {
			cancel()
		}
	}
	_, err := augment.Build(ctx, load(t, ".", plain+traces("builtin:quickstart")), out, augment.BuildOptions{Progress: stop})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want %v", err, context.Canceled)
	}
	entries, _ := os.ReadDir(out)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".graft") {
			t.Errorf("left behind: %s", e.Name())
		}
	}
}
