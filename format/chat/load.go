package chat

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-cdf14512/graft/format/chat/internal/jinja"
)

// Options say how the template of a tokenizer is used.
type Options struct {
	Template string    // which, where a tokenizer has several; empty: the default
	Vars     []byte    // a JSON object of variables, as {"enable_thinking": false}
	Date     time.Time // what strftime_now tells; zero: a template that asks is an error
	Accept   []string  // losses that are accepted: see Losses
	AddEOS   bool      // write eos_token where the template ends the last answer with nothing
	EOS      string    // in place of the tokenizer's eos_token
	Tokens   []Token   // added tokens beside those that the tokenizer's files list
}

// A Token is an added token of a tokenizer.
type Token struct {
	Text    string
	Special bool
}

// special are the names by which templates know special tokens.
var special = []string{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}

// Load reads the chat template of a tokenizer: from its folder, its
// tokenizer_config.json, or a file of the template alone (*.jinja), whose
// neighbors tokenizer_config.json and tokenizer.json name the added tokens. A
// chat_template.jinja goes before what tokenizer_config.json holds.
func Load(path string, opt Options) (*Template, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	dir, file := path, ""
	if !info.IsDir() {
		dir, file = filepath.Split(path)
	}
	config, err := readObject(filepath.Join(dir, "tokenizer_config.json"))
	if err != nil {
		return nil, err
	}
	source, err := findTemplate(dir, file, config, opt.Template)
	if err != nil {
		return nil, err
	}
	vocab, err := readAdded(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(filepath.Base(filepath.Clean(path)), ".jinja")
	return compile(name, source, config, vocab, opt)
}

// readObject reads a JSON file; one that is not there is an empty object.
func readObject(path string) (*jinja.Dict, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &jinja.Dict{}, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := jinja.FromJSON(raw, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d, ok := v.(*jinja.Dict)
	if !ok {
		return nil, fmt.Errorf("%s: want a JSON object", path)
	}
	return d, nil
}

// readAdded reads the added tokens alone of a tokenizer.json, which is large.
func readAdded(path string) (*jinja.Dict, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &jinja.Dict{}, nil
	}
	if err != nil {
		return nil, err
	}
	d, err := jinja.FieldOfJSON(raw, "added_tokens")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

// findTemplate is the template's text: a file of its own, or part of the
// configuration, where it is a string or a list of {name, template}.
func findTemplate(dir, file string, config *jinja.Dict, want string) (string, error) {
	if want == "default" {
		want = ""
	}
	try := []string{filepath.Join(dir, "chat_template.jinja")}
	switch {
	case strings.HasSuffix(file, ".jinja"):
		try = []string{filepath.Join(dir, file)}
	case want != "":
		try = []string{filepath.Join(dir, "additional_chat_templates", want+".jinja"), filepath.Join(dir, "chat_templates", want+".jinja")}
	}
	for _, path := range try {
		raw, err := os.ReadFile(path)
		if err == nil {
			return string(raw), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	v, _ := config.Get("chat_template")
	var names []string
	switch x := v.(type) {
	case *jinja.Text:
		if want == "" {
			return x.S, nil
		}
		names = []string{"default"}
	case *jinja.List:
		for _, item := range x.Items {
			d, _ := item.(*jinja.Dict)
			if d == nil {
				continue
			}
			name := stringOf(d, "name")
			if name == want || name == "default" && want == "" {
				return stringOf(d, "template"), nil
			}
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		return "", fmt.Errorf("%s: no chat template %q; it has %s", dir, want, strings.Join(names, ", "))
	}
	return "", fmt.Errorf("%s: no chat template; want chat_template in tokenizer_config.json, or chat_template.jinja", dir)
}

// stringOf is a string under a key: as it stands, or as the content of an
// added token.
func stringOf(d *jinja.Dict, key string) string {
	v, _ := d.Get(key)
	if in, ok := v.(*jinja.Dict); ok {
		v, _ = in.Get("content")
	}
	if t, ok := v.(*jinja.Text); ok {
		return t.S
	}
	return ""
}

// Parse makes a template of a Jinja source; opt names its tokens.
func Parse(name, source string, opt Options) (*Template, error) {
	return compile(name, source, &jinja.Dict{}, &jinja.Dict{}, opt)
}

func compile(name, source string, config, vocab *jinja.Dict, opt Options) (*Template, error) {
	tpl, err := jinja.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("chat template %s: %w", name, err)
	}
	p := &program{name: name, tpl: tpl, vars: map[string]jinja.Value{}, now: opt.Date, addEOS: opt.AddEOS, size: len(source), accept: map[string]bool{}}
	for _, a := range opt.Accept {
		if !isLoss(a) {
			return nil, fmt.Errorf("accept: unknown loss %q; the losses are %s", a, lossNames())
		}
		p.accept[a] = true
	}
	var all []Token
	for _, key := range special {
		if s := stringOf(config, key); s != "" {
			p.vars[key] = jinja.NewText(s, 0)
			all = append(all, Token{s, true})
		}
	}
	p.eos = stringOf(config, "eos_token")
	if opt.EOS != "" {
		p.eos = opt.EOS
		p.vars["eos_token"] = jinja.NewText(opt.EOS, 0)
		all = append(all, Token{opt.EOS, true})
	}
	if opt.Vars != nil {
		v, err := jinja.FromJSON(opt.Vars, nil)
		if err == nil {
			err = merge(p.vars, v)
		}
		if err != nil {
			return nil, fmt.Errorf("variables: %w", err)
		}
	}
	all = append(append(all, addedTokens(config, vocab)...), opt.Tokens...)
	p.tokens.add(all)
	return &Template{
		Name: name, Doc: "the chat template of " + name, prog: p,
		Sum: sha256.Sum256([]byte(source)), Controls: p.controls(),
	}, nil
}

// addedTokens are the tokens that the tokenizer's files list.
func addedTokens(config, vocab *jinja.Dict) []Token {
	var all []Token
	one := func(v jinja.Value) {
		if d, ok := v.(*jinja.Dict); ok {
			s, _ := d.Get("special")
			all = append(all, Token{stringOf(d, "content"), s == true})
		}
	}
	if v, ok := config.Get("added_tokens_decoder"); ok {
		if d, ok := v.(*jinja.Dict); ok {
			d.Each(func(_ string, v jinja.Value) { one(v) })
		}
	}
	if v, ok := vocab.Get("added_tokens"); ok {
		if l, ok := v.(*jinja.List); ok {
			for _, v := range l.Items {
				one(v)
			}
		}
	}
	return all
}
