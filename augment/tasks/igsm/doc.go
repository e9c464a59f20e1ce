// Package igsm draws grade-school problems whose dependency graph is known,
// after the iGSM family of generators: items lie in containers, containers in
// larger ones, and the number of one in another is an instance parameter; the
// number of things of a whole category in a container is an abstract one.
//
// Two kinds share the sampler. The reasoning kind computes with whole numbers
// and drops answers of 1000 and more; the modular kind computes modulo a small
// number and writes solutions in the clipped grammar of the original ("Define …
// as x; so x = …"), so that a model trained on either can be replayed.
//
// A draw has five stages. A layered structure gives the parameters. Stage one
// takes abstract parameters with all they rest on, stage two instance
// parameters, stage three an order, built backwards from what is asked so that
// every parameter taken is needed, stage four operands until the operations are
// exactly as many as wanted, and stage five makes every unused instance
// parameter a premise that nothing needs.
//
// Names, phrases and templates are ours; structure and statistics follow the
// published generators, and a test holds them to the published figures. No
// floating point decides anything: weights are integers.
package igsm
