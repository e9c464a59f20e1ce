package ingest

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-cdf14512/graft/format"
)

// decoded reads one record with the reader that is surest of it.
func decoded(t testing.TB, text string) (*Reader, format.Record, error) {
	t.Helper()
	it, err := Options{}.Parse("x", Frame{Raw: []byte(text), Line: 1})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	r, _ := Detect(mustParse2(t, it.Canonical))
	if r == nil {
		return nil, format.Record{}, errors.New("no reader")
	}
	rec, err := Decode(r, it.Canonical, it.Digest)
	return r, rec, err
}

func mustParse2(t testing.TB, raw []byte) *Value {
	v, err := ParseValue(raw)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// brief is a record in one line: what a recipe's author would look for.
func brief(rec format.Record) string {
	var b strings.Builder
	p := rec.Problem
	b.WriteString(p.System + "|" + p.Question + "|" + strings.Join(p.Choices, "/") + "|" + p.Answer + "|" + p.Checker)
	for _, f := range p.Params {
		b.WriteString("|" + f.Name + "=" + f.Value)
	}
	for _, a := range rec.Attempts {
		b.WriteString("\n" + a.Author + "|" + a.Label.String() + "|" + a.Answer + "|" + a.Trace.Text())
		for _, e := range a.Errors {
			b.WriteString("|wrong " + strconv.Itoa(e.Step) + " " + e.Reason + ">" + e.Rectified)
		}
		if a.Truncated {
			b.WriteString("|truncated")
		}
	}
	if rec.Eval {
		b.WriteString("\neval")
	}
	return b.String()
}

// One made-up record of every shape.
var shapes = []struct{ reader, text, want string }{
	{"gsm8k", `{"question":"q?","answer":"1+1 = <<1+1=2>>2.\n#### 2"}`, "|q?||2|number\nreference|right|2|1+1 = <<1+1=2>>2.\n#### 2"},
	{"gsm8k-solutions", `{"question":"q?","ground_truth":"x\nA: 2","m1":{"is_correct":true,"solution":"y\nA: 2"},"m2":{"is_correct":false,"solution":"z\nA: 3"}}`,
		"|q?||2|number\nm1|right|2|y\nA: 2\nm2|wrong|3|z\nA: 3\neval"},
	{"gsm8k-fixes", `{"commit":"c","file":"train.jsonl","line":7,"before":"{\"question\":\"q\",\"answer\":\"a\\n#### 1\"}","after":"{\"question\":\"q\",\"answer\":\"b\\n#### 2\"}"}`,
		"|q||2|number\nbefore|wrong|1|a\n#### 1\nafter|right|2|b\n#### 2"},
	{"mr-gsm8k", `{"question":"q","ground_truth_answer":5,"model_output_steps":["Step 1: a","Step 2: #### 2.8"],"model_output_answer_correctness":"wrong","model_output_solution_first_error_step":2,"model_output_solution_first_error_reason":"why"}`,
		"|q||5|number\n|wrong|2.8|Step 1: a\nStep 2: #### 2.8|wrong 1 why>\neval"},
	{"mr-ben", `{"Question":"q","Options":"A: x \nB: y\n more \n","Ground_Truth_Answer":"B","Ground_Truth_Answer_Modified":"A","Sampled_Model":"m","Model_Solution_Steps":["Step 1: a","Solution: Choice_B"],"Model_Solution_Correctness":"incorrect","Model_Solution_First_Error_Step":"1","Model_Solution_Error_Reason":["r\n","s"],"Model_Solution_Rectified_First_Error_Step":["t"]}`,
		"|q|A: x/B: y\n more|A|choice\nm|wrong|B|Step 1: a\nSolution: Choice_B|wrong 0 r\ns>t\neval"},
	{"mr-ben", `{"Question":"q","Options":"","Ground_Truth_Answer":"B","Sampled_Model":"m","Model_Solution_Steps":["a"],"Model_Solution_Correctness":"correct","Model_Solution_First_Error_Step":"N/A","Model_Solution_Error_Reason":"N/A"}`,
		"|q||B|choice\nm|right||a\neval"},
	{"bigbench-mistake", `{"input":"q","steps":["a","","b"],"target":"(E)","answer":"(D)","mistake_index":2}`, "|q||(E)|choice\n|wrong|(D)|a\n\nb|wrong 2 >\neval"},
	{"bigbench-mistake", `{"input":"q","steps":["a"],"target":"-14","answer":null,"mistake_index":null}`, "|q||-14|number\n|unlabelled||a\neval"},
	{"tora", `{"idx":0,"question":"q","gt_cot":"c","gt":"18","code":["x"],"pred":["18"],"report":[null]}`, "|q||18|number\nToRA|unlabelled|18|x\neval"},
	{"countdown-sos", `{"prompt":"P\n","completion":"system\nS.\nuser\nP\n\nassistant\nText of it\nand no","parsed_results":{"solved":false,"target":24,"initial_numbers":[1,2]},"adapter":"m"}`,
		"S.|P\n||24|countdown|numbers=1,2|target=24\nm|wrong||Text of it\nand no|truncated"},
	{"countdown-sos", `{"prompt":"P","completion":"system\nS.\nuser\nP\n\nNo header.","parsed_results":{"solved":true,"target":24,"initial_numbers":[1,2]}}`,
		"S.|P||24|countdown|numbers=1,2|target=24\n|right||\nNo header."},
	{"countdown-sos", `{"prompt":"P","completion":"no echo.","parsed_results":{"solved":true,"target":24,"initial_numbers":[1,2]}}`,
		"|P||24|countdown|numbers=1,2|target=24\n|right||no echo."},
	{"d1-countdown", `{"input":"30,100,93","output":"23"}`, "|Combine the numbers 30, 100, 93 with +, -, * and / to make 23. Use each number exactly once.||23|countdown|numbers=30,100,93|target=23\neval"},
	{"d1-sudoku", `{"Puzzle":"3102200002100320","Solution":"3142243142131324"}`, "|Fill this 4x4 sudoku, rows one after the other, 0 for an empty cell: 3102200002100320||3142243142131324|text|puzzle=3102200002100320\neval"},
	{"d1-generations", `{"question":"q","generations":"\\boxed{1} or \\boxed{2{3}}<|eot_id|>","ground_truth":3.0}`, "|q||3.0|number\n|unlabelled|2{3}|\\boxed{1} or \\boxed{2{3}}<|eot_id|>\neval"},
	{"game24", `{"Rank":"1","Puzzles":"1 1 4 6"}`, "|Combine the numbers 1, 1, 4, 6 with +, -, * and / to make 24. Use each number exactly once.||24|countdown|numbers=1,1,4,6|target=24"},
	{"game24-cot", `{"idx":900,"ys":["Steps:\n10 - 4 = 6 (left: 5 6 6)\nAnswer: x","","Steps:\n6 - 4 = 2 (left: 2 5 10)\nAnswer: y","Steps:\n9 - 4 = 5 (left: 5 1 1)\n"],"infos":[{"r":1},{"r":0},{"r":0},{"r":0}]}`,
		"|Combine the numbers 4, 5, 6, 10 with +, -, * and / to make 24. Use each number exactly once.||24|countdown|numbers=4,5,6,10|target=24\ngpt-4|right|x|Steps:\n10 - 4 = 6 (left: 5 6 6)\nAnswer: x\ngpt-4|wrong|y|Steps:\n6 - 4 = 2 (left: 2 5 10)\nAnswer: y\ngpt-4|wrong||Steps:\n9 - 4 = 5 (left: 5 1 1)\n|truncated\neval"},
	{"game24-tot", `{"steps":[{"x":"4 5 6 10"}],"idx":900,"ys":["4 * 5 = 20 (left: 6 10 20)\n"],"infos":[{"r":0}]}`,
		"|Combine the numbers 4, 5, 6, 10 with +, -, * and / to make 24. Use each number exactly once.||24|countdown|numbers=4,5,6,10|target=24\ngpt-4|wrong||4 * 5 = 20 (left: 6 10 20)\n|truncated\neval"},
	{"olymmath", `{"problem":"q","answer":"2625","subject":"s","unique_id":"OlymMATH-HARD-0-EN"}`, "|q||2625|latex\neval"},
	{"math", `{"problem":"q","level":"5","solution":"so $\\boxed{\\frac{1}{2}}$.","subject":"s","unique_id":"test/x","answer":"\\frac{1}{2}"}`,
		"|q||\\frac{1}{2}|latex\nreference|right|\\frac{1}{2}|so $\\boxed{\\frac{1}{2}}$.\neval"},
	{"math-aps", `{"question":"q","final_answer":"4","reasoning_steps":[{"solution_prefix":"q","mc_value":0.5},{"solution_prefix":"q\n\n\na","mc_value":0.5},{"solution_prefix":"q\n\n\na b \\boxed{4}","mc_value":1.0},{"solution_prefix":"q\n\n\nc","mc_value":0.0}]}`,
		"|q||4|latex\n|right|4|a b \\boxed{4}\n|unlabelled||c|truncated"},
	{"math-aps-tree", `{"question":"q","final_answer":"4","reasoning_steps":{"text":"q","mc_value":0.5,"children":[{"text":"a","mc_value":0.5,"children":[{"text":"b \\boxed{4}","mc_value":1.0,"children":[]},{"text":"c","mc_value":0.0,"children":[]}]}]}}`,
		"|q||4|latex\n|right|4|a\nb \\boxed{4}\n|unlabelled||a\nc|truncated"},
	{"r1-traces", `{"problem":"q","ground_truth":"4","full_response":"<think>\nx\n</think>\nSo \\boxed{4}","is_correct":true,"extracted_answer":"4","model_name":"m"}`,
		"|q||4|latex\nm|right|4|<think>\nx\n</think>\nSo \\boxed{4}\neval"},
	{"thought-anchors", `{"id":"i","model":"m","problem":{"problem":"q","gt_answer":"4"},"base_solution":{"solution":" A b. C d.\n</think> E","answer":"5","is_correct":false},"chunks_labeled":[{"chunk":"A b.","function_tags":["problem_setup"]},{"chunk":"zzz"},{"chunk":"C d.","function_tags":["self_checking"]}]}`,
		"|q||4|latex\nm|wrong|5| A b. C d.\n</think> E|truncated"},
	{"knights-knaves", `{"quiz":"q","cot_head":"h","cot_repeat_steps":["a","b"],"cot_foot":"f","solution_text_format":"(1) x\n(2) y","names":["n"],"extra_info":{"split":"test"}}`,
		"|q||(1) x\n(2) y|text|names=[\"n\"]\ngenerator|right|(1) x\n(2) y|h\na\nb\nf\n(1) x\n(2) y\neval"},
	{"prosqa", `{"question":"q","answer":"B is s.","steps":["a","b"],"idx_to_symbol":["x"],"edges":[[0, 1]],"root":1,"target":2,"neg_target":3}`,
		"|q||B is s.|prosqa|edges=[[0,1]]|idx_to_symbol=[\"x\"]|root=1|target=2|neg_target=3\nreference|right|B is s.|a\nb\nB is s."},
	{"hotpot-log", `{"agents":"CORRECT","text":"Context: c Question: q\nThought: t\nAction: Finish[x]\nObservation: Answer is INCORRECT\nCorrect answer: y","trial":"1"}`,
		"|Context: c Question: q||y|text\n|wrong|x|Thought: t\nAction: Finish[x]"},
	{"reflexion-code", `{"prompt":"p","test":"t","entry_point":"e","is_solved":true,"reflections":["r"],"solution":"code"}`, "|p||||test=t|entry_point=e\ngpt-4|right||code\neval"},
	{"messages", `{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":"a","reasoning_content":"why"}],"answer":"4"}`, "s|q||4|\n|unlabelled||why\na"},
	{"sharegpt", `{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}],"system":"s"}`, "s|q|||\n|unlabelled||a"},
	{"verl", `{"prompt":[{"role":"user","content":"q"}],"reward_model":{"ground_truth":"4"},"extra_info":{"split":"train"}}`, "|q||4|"},
	{"prompt-completion", `{"prompt":"q","completion":"a"}`, "|q|||\n|unlabelled||a"},
	{"prompt-completion", `{"prompt":[{"role":"user","content":"q"}],"chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"rejected":[{"role":"assistant","content":"b"}]}`,
		"|q|||\n|right||a\n|wrong||b"},
	{"alpaca", `{"instruction":"do","input":"it","output":"done"}`, "|do\n\nit|||\n|unlabelled||done"},
	{"question-answer", `{"question":"q","answer":"because."}`, "|q|||\n|unlabelled||because."},
	{"graft", `{"set":"mine","problem":{"id":"x","question":"q"},"id":"y","attempts":[{"label":"right","trace":{"id":"z","steps":[{"id":1,"kind":"compute","text":"a"}]}}]}`, "|q|||\n|right||a"},
}

func TestShapes(t *testing.T) {
	seen := map[string]bool{}
	for _, tt := range shapes {
		r, rec, err := decoded(t, tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.reader, err)
			continue
		}
		seen[r.Name] = true
		if diff := cmp.Diff(tt.want, brief(rec)); diff != "" || r.Name != tt.reader {
			t.Errorf("%s, read by %s (-want +got):\n%s", tt.reader, r.Name, diff)
		}
		checkRecord(t, tt.reader, &rec)
	}
	for _, r := range Readers() {
		if !seen[r.Name] {
			t.Errorf("reader %s has no row in this table", r.Name)
		}
	}
}

func TestRefusedShapes(t *testing.T) {
	for _, tt := range []struct {
		text   string
		reason Reason
	}{
		{`{"question":" ","answer":"x\n#### 2"}`, NoQuestion},
		{`{"question":"q","answer":" \n"}`, EmptyTrace},
		{`{"question":"q","ground_truth":"A: 2","m":{"is_correct":true,"solution":""}}`, EmptyTrace},
		{`{"input":"q","steps":["a"],"target":"x","answer":"y","mistake_index":1}`, BadField},
		{`{"input":"q","steps":["a"],"target":"x","answer":"y","mistake_index":0.5}`, BadField},
		{`{"input":"q","steps":"a","target":"x","answer":"y","mistake_index":0}`, BadSteps},
		{`{"input":"q","steps":[],"target":"x","answer":"y","mistake_index":0}`, EmptyTrace},
		{`{"input":"q","steps":[1],"target":"x","answer":"y","mistake_index":0}`, BadSteps},
		{`{"before":"{\"question\":\"q\"","after":"","file":"f","line":1}`, InnerBroken},
		{`{"prompt":"p","completion":"c","parsed_results":{}}`, BadField},
		{`{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"user","content":"r"}]}`, MultiTurn},
		{`{"messages":[{"role":"assistant","content":"a"}]}`, NoQuestion},
		{`{"messages":[{"role":"robot","content":"a"}]}`, BadField},
		{`{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}`, BadField},
		{`{"Rank":"1","Puzzles":"a b"}`, NoQuestion},
		{`{"idx":1,"ys":["x"],"infos":[]}`, NoQuestion},
		{`{"set":"s","problem":{"question":"q"},"colour":1}`, BadField},
		{`{"set":"s","problem":{"question":"q"},"attempts":[{"trace":{"id":"","steps":[{"id":1,"kind":"compute","text":""}]}}]}`, BadSteps},
	} {
		if _, rec, err := decoded(t, tt.text); ReasonOf(err) != tt.reason {
			t.Errorf("%s: %v (%q), want %s", tt.text, err, brief(rec), tt.reason)
		}
	}
}

func TestThoughtAnchorSteps(t *testing.T) {
	for _, s := range shapes {
		if s.reader != "thought-anchors" {
			continue
		}
		_, rec, err := decoded(t, s.text)
		if err != nil {
			t.Fatal(err)
		}
		steps := rec.Attempts[0].Trace.Steps
		if got := join(steps); got != " A b. |C d.\n|</think> |E" || steps[0].Kind != format.Setup || steps[1].Kind != format.Check {
			t.Errorf("%q, %v, %v", got, steps[0].Kind, steps[1].Kind)
		}
		if rec.Meta[len(rec.Meta)-1] != (format.Field{Name: "chunks_not_found", Value: "1"}) {
			t.Errorf("meta %v does not say that a chunk was not found", rec.Meta)
		}
	}
}

// The same record in another layout is the same record; another record is
// another, and a problem keeps its identity across sets.
func TestIdentity(t *testing.T) {
	id := func(text string) format.Record {
		_, rec, err := decoded(t, text)
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	a := id(`{"question":"q?","answer":"x\n#### 2"}`)
	b := id("{ \"answer\" : \"x\\u000a#### 2\",\n \"question\":\"q\\u003f\"}")
	c := id(`{"question":"q?","answer":"y\n#### 2"}`)
	if a.ID != b.ID || a.ID == c.ID || a.Problem.ID != c.Problem.ID {
		t.Errorf("records %s %s %s, problems %s %s", a.ID, b.ID, c.ID, a.Problem.ID, c.Problem.ID)
	}
	if with := id(`{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q?"}]}`); with.Problem.ID == a.Problem.ID {
		t.Error("a system text must make another problem")
	}
}

func TestMetaNamesWhatIsLeftOut(t *testing.T) {
	_, rec, err := decoded(t, `{"question":"q","answer":"#### 2","note":"n","empty":null,"big":"`+strings.Repeat("x", metaLimit+1)+`"}`)
	want := []format.Field{{Name: "note", Value: "n"}, {Name: "left_in_source", Value: "big"}}
	if diff := cmp.Diff(want, rec.Meta); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestMapping(t *testing.T) {
	raw := []byte(`{"item":{"q":"Why?","gold":4},"opts":["a","b"],"runs":[{"text":"x. Y\nz","ok":true,"by":"m"},{"text":"u","ok":"wrong","by":"n"}],"extra":1}`)
	m := Mapping{Name: "mine", Question: "item.q", Answer: "item.gold", Choices: "opts", Traces: []string{"runs[].text"},
		Label: "runs[].ok", Author: "runs[].by", Split: "line", Checker: "number"}
	r, err := m.Reader()
	if err != nil {
		t.Fatal(err)
	}
	it, err := Options{}.Parse("x", Frame{Raw: raw, Line: 1})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := Decode(r, it.Canonical, it.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := brief(rec), "|Why?|a/b|4|number\nm|right||x. Y\nz\nn|wrong||u"; got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got := join(rec.Attempts[0].Trace.Steps); got != "x. Y\n|z" || rec.Set != "mine" {
		t.Errorf("steps %q of set %q", got, rec.Set)
	}
	for _, bad := range []Mapping{{}, {Question: "q", Split: "words"}, {Question: "q", Steps: "s", Traces: []string{"t"}}} {
		if _, err := bad.Reader(); err == nil {
			t.Errorf("%+v: accepted", bad)
		}
	}
	for _, tt := range []struct {
		m      Mapping
		reason Reason
	}{
		{Mapping{Question: "item.x"}, NoQuestion},
		{Mapping{Question: "item.q", Traces: []string{"runs"}}, BadField},
		{Mapping{Question: "item.q", Steps: "runs"}, BadSteps},
		{Mapping{Question: "item.q", Traces: []string{"item.q", "runs[].text"}, Label: "runs[].ok"}, BadField},
	} {
		r, err := tt.m.Reader()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(r, it.Canonical, it.Digest); ReasonOf(err) != tt.reason {
			t.Errorf("%+v: %v, want %s", tt.m, err, tt.reason)
		}
	}
}

func TestPeek(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	known := write("a.jsonl", "{\"config\":1}\n{\"question\":\"q\",\"answer\":\"#### 1\"}\n{\"question\":\"q\n")
	p, err := Peek(context.Background(), known, 5, Options{})
	if err != nil || p.Reader != "gsm8k" || p.Sure != 95 || len(p.Records) != 3 {
		t.Fatalf("%+v, %v", p, err)
	}
	if p.Records[0].Reason != BadField || p.Records[1].Record == nil || p.Records[2].Reason != BadJSON || p.Records[2].Line != 3 {
		t.Errorf("records %+v", p.Records)
	}
	if want := "traces:\n  - path: " + strconv.Quote(known) + "\n    format: gsm8k\n"; p.Recipe != want {
		t.Errorf("recipe %q, want %q", p.Recipe, want)
	}
	odd := write("b.jsonl", `{"meta":{"model":"m"},"task":{"puzzle":"Why?"},"rationales":[],"model_output":"Because.","expected":4,"correct":true}`+"\n")
	p, err = Peek(context.Background(), odd, 1, Options{})
	want := Mapping{Question: "task.puzzle", Traces: []string{"model_output"}, Answer: "expected", Label: "correct", Author: "meta.model"}
	if err != nil || p.Mapping == nil {
		t.Fatalf("%+v, %v", p, err)
	}
	if diff := cmp.Diff(want, *p.Mapping); diff != "" {
		t.Errorf("mapping (-want +got):\n%s", diff)
	}
	if rec := p.Records[0].Record; rec == nil || brief(*rec) != "|Why?||4|\nm|right||Because." {
		t.Errorf("records %+v", p.Records)
	}
	if !strings.Contains(p.Recipe, "      question: \"task.puzzle\"\n") || !strings.Contains(p.Recipe, "        - \"model_output\"\n") {
		t.Errorf("recipe %s", p.Recipe)
	}
}

// Traces are the source's text, byte for byte: each stands in a string of its
// record, or each of its steps does.
func TestTracesAreSourceText(t *testing.T) {
	for _, set := range setFiles {
		if set.fails != "" {
			continue
		}
		readAll(sharedFile(t, filepath.Join("data", set.path)), func(f Frame, it Item, rec format.Record, err error) {
			if err != nil {
				return
			}
			var source []string
			var walk func(v *Value)
			walk = func(v *Value) {
				if v.Is(String) {
					source = append(source, v.Str())
				}
				for i := range v.Items {
					walk(&v.Items[i])
				}
				for i := range v.Members {
					walk(&v.Members[i].Value)
				}
			}
			v := mustParse2(t, it.Canonical)
			if set.reader == "gsm8k-fixes" {
				walk(mustParse2(t, []byte(v.Key("before").Str())))
				walk(mustParse2(t, []byte(v.Key("after").Str())))
			}
			walk(v)
			stands := func(text string) bool {
				for _, s := range source {
					if strings.Contains(s, text) {
						return true
					}
				}
				return false
			}
			for i, a := range rec.Attempts {
				if stands(a.Trace.Text()) {
					continue
				}
				for _, s := range a.Trace.Steps {
					if !stands(strings.TrimSuffix(s.Text, "\n")) {
						t.Errorf("%s:%d: attempt %d: %.80q is not the source's", set.path, f.Line, i, s.Text)
					}
				}
			}
		})
	}
}

// The puzzle that the chains of game24-cot vote for is the one of that number
// in 24.csv.
func TestPuzzleVotes(t *testing.T) {
	file, err := os.Open(sharedFile(t, "data/game24-tot/24.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	readAll(sharedFile(t, "data/game24-tot/cot_sample100.jsonl.gz"), func(f Frame, it Item, rec format.Record, err error) {
		var row struct{ Idx int }
		if err := json.Unmarshal(it.Canonical, &row); err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(rows[row.Idx+1][1], " ", ",")
		if got := rec.Problem.Params[0].Value; got != want {
			t.Errorf("puzzle %d: %s, want %s", row.Idx, got, want)
		}
		n++
	})
	if n != 92 {
		t.Errorf("%d puzzles, want 92", n)
	}
}

// The echoed prompt is taken off every Countdown completion, and nothing else.
func TestRolloutsAreUnechoed(t *testing.T) {
	cut, headless := 0, 0
	readAll(sharedFile(t, "data/countdown-sos/rollouts.jsonl.gz"), func(f Frame, it Item, rec format.Record, err error) {
		if err != nil {
			return // 31 completions hold the prompt and nothing else
		}
		v := mustParse2(t, it.Canonical)
		text := rec.Attempts[0].Trace.Text()
		full := v.Key("completion").Str()
		echo := strings.TrimSuffix(full, text)
		prompt := "system\n" + rec.Problem.System + "\nuser\n" + rec.Problem.Question
		header, ok := strings.CutPrefix(echo, prompt)
		if header = strings.Trim(header, "\n"); header == "" {
			headless++
		} else if header != "assistant" {
			ok = false
		}
		if !ok || rec.Problem.System == "" || !strings.HasSuffix(full, text) {
			t.Errorf("line %d: %.60q left after %d bytes", f.Line, text, len(echo))
		}
		if rec.Attempts[0].Truncated {
			cut++
		}
	})
	if headless != 749-31 {
		t.Errorf("%d completions without the assistant's header, want %d", headless, 749-31)
	}
	t.Logf("%d attempts end before they should", cut)
}
