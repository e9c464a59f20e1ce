//go:build linux && (amd64 || arm64) && !nocuda

package cuda

import (
	"fmt"
	"unsafe"
)

// A driver is the entry points of libcuda that graft calls. Names and arguments
// are those of the CUDA driver API.
type driver struct {
	init, version, deviceCount, deviceGet, deviceName, deviceAttribute, deviceMemory proc
	retain, release, setCurrent                                                      proc
	alloc, free, memInfo, allocHost, freeHost                                        proc
	toDevice, toHost, within, set8                                                   proc
	streamNew, streamSync, streamEnd                                                 proc
	load, unload, function, functionSet, launch                                      proc
	eventNew, eventRecord, eventSync, eventElapsed, eventEnd                         proc
	capture, captured, instantiate, graphLaunch, graphExecEnd, graphEnd              proc
	errorName, errorString                                                           proc
}

func (d *driver) symbols() []symbol {
	return []symbol{
		{"cuInit", &d.init}, {"cuDriverGetVersion", &d.version},
		{"cuDeviceGetCount", &d.deviceCount}, {"cuDeviceGet", &d.deviceGet}, {"cuDeviceGetName", &d.deviceName},
		{"cuDeviceGetAttribute", &d.deviceAttribute}, {"cuDeviceTotalMem_v2", &d.deviceMemory},
		{"cuDevicePrimaryCtxRetain", &d.retain}, {"cuDevicePrimaryCtxRelease_v2", &d.release}, {"cuCtxSetCurrent", &d.setCurrent},
		{"cuMemAlloc_v2", &d.alloc}, {"cuMemFree_v2", &d.free}, {"cuMemGetInfo_v2", &d.memInfo},
		{"cuMemAllocHost_v2", &d.allocHost}, {"cuMemFreeHost", &d.freeHost},
		{"cuMemcpyHtoDAsync_v2", &d.toDevice}, {"cuMemcpyDtoHAsync_v2", &d.toHost}, {"cuMemcpyDtoDAsync_v2", &d.within}, {"cuMemsetD8Async", &d.set8},
		{"cuStreamCreate", &d.streamNew}, {"cuStreamSynchronize", &d.streamSync}, {"cuStreamDestroy_v2", &d.streamEnd},
		{"cuModuleLoadData", &d.load}, {"cuModuleUnload", &d.unload}, {"cuModuleGetFunction", &d.function}, {"cuFuncSetAttribute", &d.functionSet}, {"cuLaunchKernel", &d.launch},
		{"cuEventCreate", &d.eventNew}, {"cuEventRecord", &d.eventRecord}, {"cuEventSynchronize", &d.eventSync}, {"cuEventElapsedTime", &d.eventElapsed}, {"cuEventDestroy_v2", &d.eventEnd},
		{"cuStreamBeginCapture_v2", &d.capture}, {"cuStreamEndCapture", &d.captured}, {"cuGraphInstantiateWithFlags", &d.instantiate},
		{"cuGraphLaunch", &d.graphLaunch}, {"cuGraphExecDestroy", &d.graphExecEnd}, {"cuGraphDestroy", &d.graphEnd},
		{"cuGetErrorName", &d.errorName}, {"cuGetErrorString", &d.errorString},
	}
}

// Attributes of a device (CUdevice_attribute) and of a function
// (CUfunction_attribute), and what streams are made with.
const (
	attrMultiprocessors = 16
	attrMajor           = 75
	attrMinor           = 76
	attrSharedOptin     = 97
	funcMaxShared       = 8
	streamNonBlocking   = 1
	captureRelaxed      = 2
	errorNoDevice       = 100
)

// check is the error of a driver call: its name, its sentence, and what was done.
func (d *driver) check(code int32, what string, args ...any) error {
	if code == 0 {
		return nil
	}
	name, text := fmt.Sprintf("CUDA error %d", code), ""
	var p uintptr
	if d.errorName.call(uintptr(code), uintptr(unsafe.Pointer(&p))) == 0 && p != 0 {
		name = goString(p)
	}
	p = 0
	if d.errorString.call(uintptr(code), uintptr(unsafe.Pointer(&p))) == 0 && p != 0 {
		text = " (" + goString(p) + ")"
	}
	return fmt.Errorf("%s: %s%s", fmt.Sprintf(what, args...), name, text)
}

// goString copies a C string.
func goString(p uintptr) string {
	if p == 0 {
		return ""
	}
	base := *(*unsafe.Pointer)(unsafe.Pointer(&p)) // memory of C, which no collector moves
	n := 0
	for *(*byte)(unsafe.Add(base, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(base), n))
}

// cString is s with a zero at the end.
func cString(s string) []byte { return append([]byte(s), 0) }
