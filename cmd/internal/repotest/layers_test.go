package repotest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const module = "github.com/seed-cdf14512/graft"

// A pkg is one package and what it imports, test files left out.
type pkg struct {
	path    string
	imports []string
}

// A layer says what the packages that match a pattern may import beside the
// standard library. Of several patterns the longest counts.
type layer struct {
	pattern string   // a path in the module; * stands for one element, /... for any below
	may     []string // patterns of this module's packages
	third   []string // prefixes of other modules' packages
}

// layers is the architecture: an edge that is not here needs a reason and a row.
var layers = []layer{
	{"schemas", nil, nil},
	{"format", nil, nil}, // the language: std only
	{"format/answer", []string{"format"}, nil},
	{"format/chat/...", []string{"format", "format/chat/..."}, []string{"github.com/nikolalohinski/gonja", "github.com/go-json-experiment/json"}},
	{"format/ingest", []string{"format"}, []string{"github.com/parquet-go/parquet-go", "github.com/klauspost/compress", "github.com/go-json-experiment/json"}},
	{"format/strict", []string{"format"}, []string{"go.yaml.in/yaml", "github.com/google/jsonschema-go", "github.com/go-json-experiment/json"}}, // files that people write
	{"format/token", []string{"format"}, []string{"github.com/go-json-experiment/json", "github.com/dlclark/regexp2"}},
	{"format/shard/...", []string{"format", "format/shard/..."}, []string{"github.com/parquet-go/parquet-go", "github.com/klauspost/compress", "github.com/go-json-experiment/json"}},
	{"augment/...", []string{"augment/...", "format/..."}, []string{"go.yaml.in/yaml", "github.com/google/jsonschema-go", "github.com/go-json-experiment/json",
		"github.com/dlclark/regexp2", "golang.org/x/sys/unix"}},
	{"augment/augmenttest", []string{"augment", "format/..."}, []string{"golang.org/x/tools/txtar", "github.com/google/go-cmp"}},
	{"behaviors", []string{"augment", "behaviors/*", "behaviors/variants/*"}, nil},                                                                             // the list of plug-ins
	{"behaviors/*", []string{"augment", "format", "format/answer", "behaviors/internal/..."}, nil},                                                             // no plug-in imports another
	{"behaviors/variants/*", []string{"augment", "format", "format/answer", "behaviors/internal/..."}, nil},                                                    // those that derive whole records
	{"behaviors/internal/...", []string{"augment", "format", "format/answer", "behaviors/internal/..."}, nil},                                                  // what plug-ins share may speak the contract
	{"train/...", []string{"train/...", "format/..."}, []string{"github.com/ebitengine/purego", "github.com/go-json-experiment/json", "golang.org/x/sys/cpu"}}, // has never heard of behaviors
	{"behaviors/plain", []string{"augment", "format", "format/answer", "format/strict", "behaviors/internal/..."}, []string{"go.yaml.in/yaml", "github.com/dlclark/regexp2",
		"github.com/go-json-experiment/json"}}, // reads files and talks to programs
	{"cmd/cli", []string{"augment", "augment/distance", "augment/endpoint", "augment/tasks", "format/...", "train", "schemas"}, []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/vbauerster/mpb",
		"github.com/go-json-experiment/json", "go.yaml.in/yaml", "golang.org/x/term"}}, // imports no behavior
	{"cmd/graft", []string{"cmd/cli", "behaviors"}, nil},
	{"cmd/gpucheck", []string{"train/gpucheck"}, nil},
	{"cmd/internal/repotest", nil, nil},
}

// badEdges lists the imports that the layers do not allow.
func badEdges(pkgs []pkg, layers []layer) []string {
	var bad []string
	for _, p := range pkgs {
		from := strings.TrimPrefix(strings.TrimPrefix(p.path, module), "/")
		l := layerOf(from, layers)
		if l == nil {
			bad = append(bad, fmt.Sprintf("%s stands in no layer", from))
			continue
		}
		for _, imp := range p.imports {
			if !l.allows(imp) {
				bad = append(bad, fmt.Sprintf("%s imports %s", from, strings.TrimPrefix(imp, module+"/")))
			}
		}
	}
	return bad
}

func layerOf(path string, layers []layer) *layer {
	var best *layer
	for i := range layers {
		if matches(layers[i].pattern, path) && (best == nil || len(layers[i].pattern) > len(best.pattern)) {
			best = &layers[i]
		}
	}
	return best
}

func (l *layer) allows(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	if !strings.Contains(first, ".") {
		return true // the standard library
	}
	if in, ours := strings.CutPrefix(imp, module+"/"); ours {
		return slices.ContainsFunc(l.may, func(p string) bool { return matches(p, in) })
	}
	return slices.ContainsFunc(l.third, func(p string) bool { return imp == p || strings.HasPrefix(imp, p+"/") })
}

func matches(pattern, name string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == below || strings.HasPrefix(name, below+"/")
	}
	ok, _ := path.Match(pattern, name)
	return ok
}
