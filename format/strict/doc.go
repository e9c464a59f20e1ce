// Package strict reads the YAML files that people write: recipes and run files.
// A struct declares the keys, once; decoding, defaults and the JSON Schema follow
// from its tags:
//
//	json        the key; without omitempty or omitzero it must be there
//	jsonschema  what it is, for editors and messages
//	default     the value where the key is left out
//	range       "low,high", one of them may be empty: bounds of a number, of the
//	            length of a text or list, of each value of a map
//	enum        the texts that are allowed, with commas
//	names       the table of names that the text must stand in
//
// Every fault is found in one pass and told with file, line and column. An
// unknown key is an error with the nearest known one beside it. There are no
// anchors, aliases, tags, merge keys and second documents. Numbers are exact
// decimals; there is no floating point.
package strict
