# Prints what TensorBoard reads in an event file; it checks every checksum.
import sys

from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto import event_pb2

for raw in RawEventFileLoader(sys.argv[1]).Load():
    e = event_pb2.Event.FromString(raw)
    if e.file_version:
        print("version", e.file_version)
    if e.HasField("session_log"):
        assert e.session_log.status == event_pb2.SessionLog.START
        print("start", e.step)
    for v in e.summary.value:
        if v.HasField("tensor"):
            assert v.metadata.plugin_data.plugin_name == "text" and v.tensor.tensor_shape.dim[0].size == 1
            print(e.step, v.tag, v.tensor.string_val[0].decode())
        else:
            print(e.step, v.tag, v.simple_value)
