// Package train is the trainer: it reads the shards of a build and fine-tunes a
// decoder on them. Span names are opaque strings to it; it has never heard of
// behaviors.
//
// A run is described by a run file, one YAML file (see [SFT] and [RFT]), and leaves in its
// out folder
//
//	run.json          the run as it was resolved, and what it was made from
//	metrics.jsonl     a line a step; the same bytes from the same run, resumed or not
//	timing.jsonl      tokens a second and seconds: what differs from run to run
//	events.out.*      the same for TensorBoard
//	samples.jsonl     what the model says, every so many steps
//	rollouts/         of RFT: step-00000012.parquet and so on, every response drawn (see [Rollout])
//	checkpoints/      step-00000100/ and so on: masters, moments, position; with lora those of the adapters
//	stopped/          the batch on which a run stopped because of NaN
//	model/            the trained model as Hugging Face reads it, adapters merged in
//	adapter/          with lora: the adapters alone, as PEFT reads them (see [LoRARun])
//
// Everything of a run follows from its run file, its data and the kernel family
// of the device, bit for bit: the order of rows is a function of seed and position,
// and there is no other chance. A run that was interrupted, by Ctrl-C, kill -9 or
// a power cut, goes on from its last checkpoint when the same command is given
// again, and ends with the same bits.
//
// The device is a CPU or, without cgo, an NVIDIA GPU: libcuda, NVRTC and cuBLASLt are
// found at run time. On a machine with one, "go run ./cmd/gpucheck" says whether it
// works, is right, and how fast it is; -h says the rest.
//
// It leaves out what large clusters need: no model is split over machines.
package train
