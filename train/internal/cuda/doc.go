// Package cuda is the backend of the trainer for NVIDIA GPUs: the driver, NVRTC
// and cuBLASLt reached through purego, without cgo. The specification is package
// cpu; activations and the weights that products read are bf16, everything else
// is float32.
//
// An operation is a value before it is work on a device: a builder (the files
// named after the operations) fills a Work with launches and products, a pure
// function of shapes and buffers. The driver runs it (run.go), a test runs it on
// the CPU, and both see the same grid, the same arguments and the same scratch.
// The builder of Device.RMSNormGrad is Work.RMSNormGrad, with the arguments of the
// method; wrong sizes panic. Without a GPU the kernels are compiled by g++ with
// testdata/shim/shim.h, where a thread is a fiber, and held against package cpu;
// faults_test.go lists the mistakes that this is known to find.
//
//	work.go      Work, Launch, Gemm, Arg: what is to be done
//	costs.go     the bytes that operations move at the shape of a 0.5B model
//	kernels.go   the list of kernels and their sources, kernels/*.cu, embedded
//	library.go   finding and opening the three libraries
//	device.go    device.Device over the builders
//
// With the build tag nocuda, and on systems without CUDA, only the values remain.
package cuda
