// Package decode continues prompts with a model, many at a time.
//
// What is drawn for a prompt depends on the weights, the prompt, the settings
// and the sequence's seed, and on nothing else: not on what stands beside it in
// the batch, nor on when it was admitted. On the CPU that holds for every bit, and
// the log-probability of a token is that which scoring the finished sequence gives,
// because its operations treat every row by itself. On a GPU it holds within
// rounding (package device says how far): a token is another one where the chance
// falls that near to the border of two.
//
// There are two ways. The host draws from logits that it downloads (engine.go), or,
// on a device.Resident, the device does, and a step is one graph (resident.go).
package decode
