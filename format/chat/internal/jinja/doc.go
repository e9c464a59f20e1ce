// Package jinja runs chat templates: the subset of Jinja that the templates of
// published tokenizers are written in, with the settings of transformers
// (trim_blocks and lstrip_blocks on, the immutable sandbox, loop controls and
// the generation tag).
//
// Two things set it apart from a general engine. Text remembers where it came
// from: every byte that a template writes is either the template's own or a
// named byte of a named input ([Mark]), through slicing, trimming, splitting and
// joining, so that nobody has to search for a message in what was rendered. And
// templates are other people's code: they reach nothing but their inputs, have
// no loader, no clock but the one they are given, and run under limits of steps,
// bytes and depth ([Limits]).
//
// What Jinja has and this package has not is refused by name when a template
// reaches it: inheritance, includes, imports, translation, autoescape.
package jinja
