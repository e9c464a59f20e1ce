// Package token turns text into the ids of a model's vocabulary, and back.
//
// It reads the tokenizer.json of Hugging Face tokenizers: byte-level BPE (GPT-2,
// Llama 3, Qwen, DeepSeek, Mistral Nemo and what is built like them) and
// SentencePiece-style BPE with byte fallback (Llama 2, Gemma 2); the rank files of
// tiktoken; and vocab.json with merges.txt. The measure is
// equality: the same ids as the reference, for every text. Whatever a file asks
// for that this package does not do exactly is refused by name.
//
// How text is cut into pieces was written out by hand for the patterns that the
// known models have (scan.go). Other patterns are run by a regular-expression
// engine that sees kinds of characters and no character (engine.go), for those who ask for
// it with [LoadAny].
//
// The way of a text:
//
//	text -> added tokens cut out -> normalized -> cut into pieces -> each piece merged -> ids
//	        (added.go)              (nfc.go)      (scan.go,          (merge.go)
//	                                               stages.go)
//
// A token is an id and the byte at which it ends. Ends are bytes of the text that
// was given, also where normalizing changed it: an end that falls inside a run
// which normalizing rewrote is put at the end of the run. So ends never fall, and the last one
// is the length of the text.
//
// What a letter, a digit or a composed form is was asked of the reference and
// frozen in classes.go and forms.go: neither a new Go nor a new Unicode changes
// a token.
package token
