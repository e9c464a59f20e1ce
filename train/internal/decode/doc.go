// Package decode continues prompts with a model, many at a time.
//
// What is drawn for a prompt depends on the weights, the prompt, the settings
// and the sequence's seed, and on nothing else: not on what stands beside it in
// the batch, nor on when it was admitted. The log-probability of a token is the
// same bits that scoring the finished sequence gives, because the operations of
// a device treat every row by itself.
package decode
