package cli_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-cdf14512/graft/format/shard"
)

// aTown is a worked answer without a single equation: derivation finds no graph.
func aTown(name string) string {
	return fmt.Sprintf(`{"question":"The town of %s planted 48 oaks in spring, and half as many birches in autumn. Each tree needs 3 stakes. How many stakes is that?","answer":"In autumn the town planted 24 birches.\nSo 72 trees were planted in the year.\nThe trees need 216 stakes.\n#### 216"}`+"\n", name)
}

const townGraph = `{"quantities":[
 {"id":"oaks","name":"oaks planted in spring","step":0,"value":48},
 {"id":"each","name":"stakes each tree needs","step":0,"value":"3"},
 {"id":"birches","name":"birches planted in autumn","step":1,"value":"24","equation":"oaks / 2","from":["oaks"]},
 {"id":"trees","name":"trees planted in the year","step":2,"value":"72","equation":"oaks + birches","from":["oaks","birches"]},
 {"id":"stakes","name":"stakes the trees need","step":3,"value":"216","equation":"trees * each","from":["trees","each"]}]}`

// A reader is a server that reads graphs: what it replies depends on the town, and
// on how often it was asked about it.
func aReader(t *testing.T, reply func(town string, again bool, w http.ResponseWriter, r *http.Request) string) (url string, asked *atomic.Int64) {
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		var body struct {
			Messages []struct{ Role, Content string }
		}
		data, _ := io.ReadAll(r.Body)
		if json.Unmarshal(data, &body) != nil || len(body.Messages) < 2 || !strings.Contains(body.Messages[1].Content, "[2] So 72 trees") {
			t.Errorf("asked %s", data)
			return
		}
		_, rest, _ := strings.Cut(body.Messages[1].Content, "The town of ")
		town, _, _ := strings.Cut(rest, " ")
		if text := reply(town, len(body.Messages) > 2, w, r); text != "" {
			json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"content": text}, "finish_reason": "stop"}}})
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/v1", asked
}

// Of what a model says of texts, that and only that is kept which holds; the rest is
// refused by name, and listed. Replies are cached; a model that is told what was
// wrong can mend it.
func TestGraphsThatHoldAreExtracted(t *testing.T) {
	lies := map[string]string{
		"Cycleham":  strings.Replace(strings.Replace(townGraph, "oaks / 2", "trees - oaks", 1), `"from":["oaks"]`, `"from":["trees","oaks"]`, 1),
		"Falsewell": strings.Replace(townGraph, `"value":"216"`, `"value":"215"`, 1),
		"Orphanton": strings.Replace(strings.Replace(townGraph, "oaks / 2", "elms / 2", 1), `"from":["oaks"]`, `"from":["elms"]`, 1),
		"Nowhere":   strings.Replace(townGraph, `"step":2`, `"step":3`, 1),
		"Fibley":    strings.Replace(townGraph, "birches planted", "beeches planted", 1),
		"Mumbling":  "I think that there are 24 birches.",
		"Cutham":    townGraph[:200],
		"Goodwell":  "Here it is:\n```json\n" + townGraph + "\n```\n",
		"Mendip":    strings.Replace(townGraph, `"value":"72"`, `"value":"73"`, 1),
		"Breakwell": "", "Slowby": "",
	}
	url, asked := aReader(t, func(town string, again bool, w http.ResponseWriter, r *http.Request) string {
		switch {
		case town == "Breakwell":
			w.Write([]byte(`{"choices": [`))
		case town == "Slowby":
			<-r.Context().Done()
		case town == "Mendip" && again:
			return townGraph
		}
		return lies[town]
	})
	dir := t.TempDir()
	var text strings.Builder
	for _, town := range []string{"Goodwell", "Cycleham", "Falsewell", "Orphanton", "Nowhere", "Fibley", "Mumbling", "Cutham", "Mendip", "Breakwell", "Slowby"} {
		text.WriteString(aTown(town))
	}
	traces := write(t, filepath.Join(dir, "traces.jsonl"), text.String())
	out := filepath.Join(dir, "graphs.jsonl")
	args := []string{"graph", "extract", traces, "--endpoint", url, "--model", "m", "-o", out, "--timeout", "300ms", "--retries", "0"}
	said, _ := graft(t, 1, args...) // two requests failed for good
	for _, want := range []string{"11 traces = 1 graphs that hold", "2 replay", "1 cycle", "1 unknown-parent", "1 not-stated", "1 name-unseen", "2 unread", "1 malformed", "1 timeout"} {
		if !strings.Contains(said, want) {
			t.Errorf("nobody says %q:\n%s", want, said)
		}
	}
	refused, _ := os.ReadFile(out + ".refused.jsonl")
	if n := bytes.Count(refused, []byte("\n")); n != 8 || !bytes.Contains(refused, []byte("birches rests on")) && !bytes.Contains(refused, []byte("trees rests on")) {
		t.Errorf("%d refusals listed:\n%s", n, refused)
	}
	first, _ := os.ReadFile(out)
	n := asked.Load()
	graft(t, 1, append(args, "--tries", "2")...)
	second, _ := os.ReadFile(out)
	if !bytes.HasPrefix(second, first) || bytes.Count(second, []byte("\n")) != 2 || asked.Load() != n+2+8 {
		t.Errorf("%d requests more; one graph could be mended, two failed requests be sent again and eight refusals be answered:\n%s", asked.Load()-n, second)
	}
}

// A build uses the graphs that hold in place of those it would derive, keeps them,
// and is proved again with them; their order in the file is nobody's business.
func TestGraphsGiveSites(t *testing.T) {
	url, _ := aReader(t, func(string, bool, http.ResponseWriter, *http.Request) string { return townGraph })
	dir := t.TempDir()
	towns := []string{aTown("Alder"), aTown("Birch"), aTown("Cedar")}
	traces := write(t, filepath.Join(dir, "traces.jsonl"), strings.Join(towns, ""))
	graft(t, 0, "graph", "extract", traces, "--endpoint", url, "--model", "m", "-o", filepath.Join(dir, "graphs.jsonl"))
	uses := `behaviors:
  - {use: reflection, select: {per: site, rate: 1}}
  - {use: retry_miss, select: {per: site, rate: 1}}
  - {use: subgoal_setting, select: {per: trace, rate: 1}}
`
	plain := write(t, filepath.Join(dir, "plain.yaml"), "version: 1\ntraces: [{path: traces.jsonl}]\n"+uses)
	recipe := write(t, filepath.Join(dir, "recipe.yaml"), "version: 1\ntraces: [{path: traces.jsonl}]\ngraphs: graphs.jsonl\n"+uses)
	report := func(recipe, out string) (r struct {
		BuildID   string `json:"build_id"`
		Behaviors []struct {
			Behavior     string
			Sites, Edits int
		}
		Graphs *struct {
			Graphs, Used, Unasked int
			Refused               map[string]int
		}
	}) {
		said, _ := graft(t, 0, "build", recipe, "-o", filepath.Join(dir, out), "--json")
		if err := json.Unmarshal([]byte(said), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, b := range report(plain, "bare").Behaviors {
		if b.Sites > 0 && b.Behavior != "retry_miss" {
			t.Errorf("%s has %d sites without the graphs, so they prove nothing here", b.Behavior, b.Sites)
		}
	}
	with := report(recipe, "out")
	for _, b := range with.Behaviors {
		if b.Edits < 3 {
			t.Errorf("%s wrote %d edits in three traces with graphs", b.Behavior, b.Edits)
		}
	}
	if g := with.Graphs; g == nil || g.Graphs != 3 || g.Used != 3 {
		t.Fatalf("the report says %+v of the graphs", g)
	}
	graft(t, 0, "check", filepath.Join(dir, "out"))
	card, _ := os.ReadFile(filepath.Join(dir, "out", "README.md"))
	if !strings.Contains(string(card), "Of 3 graphs that a model read") {
		t.Errorf("the data card does not speak of the graphs:\n%s", card)
	}
	all, _ := os.ReadFile(filepath.Join(dir, "graphs.jsonl"))
	lines := strings.SplitAfter(strings.TrimSuffix(string(all), "\n")+"\n", "\n")
	write(t, filepath.Join(dir, "graphs.jsonl"), lines[2]+lines[0]+lines[1])
	if again := report(recipe, "again"); again.BuildID != with.BuildID {
		t.Error("the order of the graphs changed the build")
	}

	idle := write(t, filepath.Join(dir, "idle.yaml"), "version: 1\ntraces: [{path: traces.jsonl}]\ngraphs: graphs.jsonl\nbehaviors: [{use: reflection, select: {per: site, rate: 0}}]\n")
	report(idle, "idle")
	graft(t, 0, "check", filepath.Join(dir, "idle")) // graphs of records without edits

	bare := write(t, filepath.Join(dir, "bare.yaml"), "version: 1\ntraces: [{path: traces.jsonl}]\ngraphs: graphs.jsonl\n")
	if g := report(bare, "bare").Graphs; g.Used != 3 || g.Unasked != 0 {
		t.Errorf("the report says %+v of graphs that no behavior reads", g)
	}

	// Of another text, of another trace, and false: counted, and the derived graph is used.
	write(t, filepath.Join(dir, "graphs.jsonl"), strings.Replace(lines[0], `"text":"`, `"text":"0`, 1)+
		strings.Replace(lines[1], `"value":"72"`, `"value":"73"`, 1)+strings.Replace(lines[2], `"trace_id":"`, `"trace_id":"0`, 1))
	bad := report(recipe, "bad")
	if g := bad.Graphs; g.Graphs != 3 || g.Used != 0 || g.Unasked != 1 || g.Refused["stale"] != 1 || g.Refused["replay"] != 1 {
		t.Errorf("the report says %+v of graphs that do not hold", g)
	}
	if bad.BuildID == with.BuildID {
		t.Error("other graphs gave the same build")
	}
	rejects, _ := os.ReadFile(filepath.Join(dir, "bad", "rejects.jsonl"))
	if !strings.Contains(string(rejects), `"behavior":"graphs","step":0,"after":false,"code":"stale"`) || !strings.Contains(string(rejects), `"code":"replay"`) {
		t.Errorf("the refused graphs are not listed:\n%s", rejects)
	}
	graft(t, 0, "check", filepath.Join(dir, "bad"))
	write(t, filepath.Join(dir, "graphs.jsonl"), lines[0]+lines[1][:80])
	said, errs := graft(t, 1, "lint", recipe)
	if errs += said; !strings.Contains(errs, "recipe.yaml:3:9") || !strings.Contains(errs, "graphs.jsonl:2") {
		t.Errorf("a broken file of graphs is told as %s", errs)
	}
}

// Nothing that a build keeps is believed: a graph that was changed with every digest
// made good is held to the text again, and so is every edit on it.
func TestKeptGraphsAreProvedAgain(t *testing.T) {
	url, _ := aReader(t, func(string, bool, http.ResponseWriter, *http.Request) string { return townGraph })
	dir := t.TempDir()
	traces := write(t, filepath.Join(dir, "traces.jsonl"), aTown("Alder"))
	graft(t, 0, "graph", "extract", traces, "--endpoint", url, "--model", "m", "-o", filepath.Join(dir, "graphs.jsonl"))
	recipe := write(t, filepath.Join(dir, "recipe.yaml"), "version: 1\ntraces: [{path: traces.jsonl}]\ngraphs: graphs.jsonl\nbehaviors: [{use: reflection, select: {per: site, rate: 1}}]\n")
	for _, row := range []struct{ name, old, new, want string }{
		{"as built", "", "", ""},
		{"a false value", `"value":"72"`, `"value":"73"`, "replay"},
		{"a cycle", `"equation":"oaks / 2","from":["oaks"]`, `"equation":"trees - oaks","from":["trees","oaks"]`, "cycle"},
		{"a value elsewhere", `"step":2`, `"step":3`, "not-stated"},
		{"another name", `"trees planted in the year"`, `"oaks planted in the year"`, "truth"},
		{"another way", `"equation":"trees * each","from":["trees","each"]`, `"equation":"oaks * 4 + 24","from":["oaks"]`, "constant"},
		{"no dependence", `"equation":"trees * each","from":["trees","each"]`, `"equation":"(oaks + oaks / 2) * each","from":["oaks","each"]`, "not-locked"},
		{"of another trace", `"trace_id":"`, `"trace_id":"f`, "nothing in the build"},
	} {
		t.Run(row.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			graft(t, 0, "build", recipe, "-o", out)
			code := 0
			if row.want != "" {
				code = 1
				path := filepath.Join(out, "graphs.jsonl")
				was, _ := os.ReadFile(path)
				write(t, path, strings.Replace(string(was), row.old, row.new, 1))
				graft(t, 1, "check", out) // the digest is another
				resign(t, out, "graphs.jsonl")
			}
			said, errs := graft(t, code, "check", out)
			if !strings.Contains(said+errs, row.want) {
				t.Errorf("check does not say %q:\n%s%s", row.want, said, errs)
			}
		})
	}
}

// resign makes the manifest of a build say that a changed file is as it should be.
func resign(t *testing.T, dir, name string) {
	t.Helper()
	m, err := shard.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(filepath.Join(dir, name))
	for i := range m.Files {
		if f := &m.Files[i]; f.Path == name {
			f.Bytes, f.SHA256 = int64(len(data)), fmt.Sprintf("%x", sha256.Sum256(data))
		}
	}
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
}
