package augment

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seed-cdf14512/graft/format/chat"
	"github.com/seed-cdf14512/graft/format/strict"
	"github.com/seed-cdf14512/graft/format/token"
)

// templatePath is where the template of a recipe lies; ok is false for the
// built-in ones, which have no slash in their names.
func (p *Render) templatePath(dir string) (path string, ok bool) {
	if chat.Find(p.Template) != nil || !strings.ContainsAny(p.Template, `/\`) {
		return "", false
	}
	if filepath.IsAbs(p.Template) {
		return p.Template, true
	}
	return filepath.Join(dir, p.Template), true
}

// template checks what a recipe says of its chat template.
func (r *resolver) template() {
	render := &r.recipe.Render
	if path, ok := render.templatePath(r.dir); ok {
		if _, err := os.Stat(path); err != nil {
			r.At("render.template", strict.NoFile, "%v", err)
		}
	} else if chat.Find(render.Template) == nil {
		r.At("render.template", strict.UnknownName, "unknown template %q%s; the path of a tokenizer's own has a slash in it", strict.Short(render.Template), strict.Suggest("templates", render.Template, r.Names["template"]))
	}
	for i, name := range render.Accept {
		if !slices.ContainsFunc(chat.Losses, func(l chat.Loss) bool { return l.Name == name }) {
			var all []string
			for _, l := range chat.Losses {
				all = append(all, l.Name)
			}
			r.At(fmt.Sprintf("render.accept[%d]", i), strict.UnknownName, "unknown loss %q%s", strict.Short(name), strict.Suggest("losses", name, all))
		}
	}
	if len(render.Accept) > 0 && len(r.recipe.Variants) > 0 {
		r.At("render.accept", strict.BadValue, "with variants nothing may be lost: a derived record is proved by the whole of its parent")
	}
	if _, err := render.date(); err != nil {
		r.At("render.date", strict.BadValue, "%q is no date such as 2026-11-22", strict.Short(render.Date))
	}
}

func (p *Render) date() (time.Time, error) {
	if p.Date == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, p.Date)
}

// loadTemplate finds the built-in template or reads the tokenizer's own.
func (p *Plan) loadTemplate(tok *token.Tokenizer) (*chat.Template, error) {
	render := &p.Recipe.Render
	path, ok := render.templatePath(p.Dir)
	if !ok {
		if t := chat.Find(render.Template); t != nil {
			return t, nil
		}
		return nil, fmt.Errorf("no template %q", render.Template)
	}
	date, err := render.date()
	if err != nil {
		return nil, err
	}
	opt := chat.Options{Vars: render.Vars, Date: date, Accept: render.Accept, AddEOS: render.AddEOS}
	for _, a := range tok.Added() {
		opt.Tokens = append(opt.Tokens, chat.Token{Text: a.Content, Special: a.Special})
	}
	return chat.Load(path, opt)
}

// lossOf makes a refusal of what a template did to a conversation; any other
// error stays what it is.
func lossOf(err error) error {
	var loss *chat.LossError
	if errors.As(err, &loss) {
		return Refuse("template-"+loss.Kind, "%v", loss)
	}
	return err
}
