package augment

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-cdf14512/graft/format/strict"
)

var behaviorName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// A checked value has rules between its fields that tags cannot say.
type checked interface{ Check() error }

// Validate refuses a bad suite before any work is done, and names every
// culprit: a fault here is the programmer's, never the user's.
func (s Suite) Validate() error {
	var errs []error
	seen := map[string]bool{}
	for i, b := range s.Behaviors {
		if b == nil {
			errs = append(errs, fmt.Errorf("behavior %d of the suite is nil", i))
			continue
		}
		if seen[b.Name] {
			errs = append(errs, fmt.Errorf("behavior %q stands twice in the suite", b.Name))
		}
		seen[b.Name] = true
		for _, err := range b.faults() {
			errs = append(errs, fmt.Errorf("behavior %q: %w", b.Name, err))
		}
	}
	for i, v := range s.Variants {
		if v == nil {
			errs = append(errs, fmt.Errorf("variant %d of the suite is nil", i))
			continue
		}
		if seen[v.Name] {
			errs = append(errs, fmt.Errorf("the name %q stands twice in the suite", v.Name))
		}
		seen[v.Name] = true
		for _, err := range v.faults() {
			errs = append(errs, fmt.Errorf("variant %q: %w", v.Name, err))
		}
	}
	return errors.Join(append(errs, s.orderFaults()...)...)
}

func (v *Variant) faults() []error {
	errs := v.plugin().described()
	if v.Derive == nil {
		errs = append(errs, errors.New("its Derive is nil"))
	}
	if v.Verify == nil {
		errs = append(errs, errors.New("its Verify is nil: a variant that promises nothing proves nothing"))
	}
	return errs
}

func (b *Behavior) faults() []error {
	errs := b.described()
	if b.Sites == nil {
		errs = append(errs, errors.New("its Sites is nil"))
	}
	if b.Write == nil {
		errs = append(errs, errors.New("its Write is nil"))
	}
	if b.Verify == nil {
		errs = append(errs, errors.New("its Verify is nil: a behavior that promises nothing proves nothing"))
	}
	return errs
}

// described lists the faults of what every plug-in has.
func (b *Behavior) described() (errs []error) {
	fault := func(ok bool, text string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(text, args...))
		}
	}
	fault(behaviorName.MatchString(b.Name), "the name must be one lower-case word")
	fault(b.Name != "default" && !slices.Contains(engineSpans(), b.Name), "the name is taken by the engine's own spans")
	fault(b.Version >= 1, "version is %d; versions count from 1", b.Version)
	summary, rest, _ := strings.Cut(b.Doc, "\n")
	fault(strings.TrimSpace(summary) != "", "Doc must begin with a summary line")
	fault(rest == "" || strings.HasPrefix(rest, "\n"), "Doc must have a blank line after its summary")
	if _, err := ParseBank(b.Name, b.Phrases); err != nil {
		errs = append(errs, fmt.Errorf("phrases: %w", err))
	}
	if err := checkParams(b.Params); err != nil {
		errs = append(errs, fmt.Errorf("params: %w", err))
	}
	return errs
}

// checkParams says whether p declares parameters that a recipe can set, and
// whether the defaults keep their own bounds.
func checkParams(p any) error {
	v := reflect.ValueOf(p)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("%T must be a pointer to a struct with the defaults", p)
	}
	fields, err := strict.FieldsOf(v.Elem().Type())
	if err != nil {
		return err
	}
	for _, f := range fields {
		if err := f.Admits(v.Elem().Field(f.Index)); err != nil {
			return fmt.Errorf("default of %s: %w", f.Key, err)
		}
	}
	if c, ok := p.(checked); ok {
		if err := c.Check(); err != nil {
			return fmt.Errorf("defaults: %w", err)
		}
	}
	return nil
}

// orderFaults checks the constraints against the list, which is what decides
// where edits stand: constraints that contradict each other cannot all hold.
func (s Suite) orderFaults() (errs []error) {
	at := map[string]int{}
	for i, b := range s.Behaviors {
		if b != nil {
			at[b.Name] = i
		}
	}
	for _, c := range s.Order {
		first, known := at[c.First]
		then, known2 := at[c.Then]
		switch {
		case !known:
			errs = append(errs, fmt.Errorf("order: %q before %q: there is no behavior %q", c.First, c.Then, c.First))
		case !known2:
			errs = append(errs, fmt.Errorf("order: %q before %q: there is no behavior %q", c.First, c.Then, c.Then))
		case strings.TrimSpace(c.Why) == "":
			errs = append(errs, fmt.Errorf("order: %q before %q: it does not say why", c.First, c.Then))
		case s.ordered(c.Then, c.First, nil):
			errs = append(errs, fmt.Errorf("order: %q before %q goes in a circle", c.First, c.Then))
		case first >= then:
			errs = append(errs, fmt.Errorf("order: %q must stand before %q in the suite: %s", c.First, c.Then, c.Why))
		}
	}
	return errs
}

// ordered reports whether the constraints, one after another, put a before b.
func (s Suite) ordered(a, b string, seen []string) bool {
	if a == b {
		return true
	}
	return !slices.Contains(seen, a) && slices.ContainsFunc(s.Order, func(c Constraint) bool {
		return c.First == a && s.ordered(c.Then, b, append(seen, a))
	})
}
