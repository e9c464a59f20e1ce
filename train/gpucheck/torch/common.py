"""What the programs share: the folder that gpucheck wrote, and how results are said.

A result is a line of JSON on stdout, printed as soon as it is known. Everything else
goes to stderr.
"""
import argparse, json, os, sys, time

try:
    import torch
except ImportError as e:
    print(json.dumps({"name": "PyTorch", "skip": f"{e}"}), flush=True)
    sys.exit(0)

REAL_STDOUT = sys.stdout
sys.stdout = sys.stderr  # libraries print; results alone go to the real one


def say(name, numbers=None, ok=True, **more):
    print(json.dumps({"name": name, "ok": ok, "numbers": {k: round(float(v), 7) for k, v in (numbers or {}).items()}, **more}), file=REAL_STDOUT, flush=True)


def needs(*packages):
    """Ends the program with a named skip where one cannot be imported."""
    import importlib

    for name in packages:
        try:
            importlib.import_module(name)
        except ImportError as e:
            say(os.path.basename(sys.argv[0]), ok=False, skip=f"no package {name} for {sys.executable} ({e}): carry it as a wheel")
            sys.exit(0)


class Session:
    """The load, where it runs, and when it began."""

    def __init__(self, *extra):
        p = argparse.ArgumentParser()
        p.add_argument("--folder", required=True, help="MODEL of gpucheck's folder")
        p.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
        for args, kwargs in extra:
            p.add_argument(*args, **kwargs)
        self.args = p.parse_args()
        self.folder, self.device = self.args.folder, self.args.device
        if self.device == "cuda" and not torch.cuda.is_available():
            say(os.path.basename(sys.argv[0]), ok=False, skip="this PyTorch sees no GPU")
            sys.exit(0)
        with open(os.path.join(self.folder, "load.json")) as f:
            self.__dict__.update(json.load(f))
        self.model = self.load["model"]
        self.weights = os.path.join(self.folder, "weights")
        torch.manual_seed(1)
        torch.set_float32_matmul_precision("high")

    @property
    def cuda(self):
        return self.device == "cuda"

    @property
    def dtype(self):
        """Of inference: on a CPU what graft's backend there has."""
        return torch.bfloat16 if self.cuda else torch.float32

    def sync(self):
        if self.cuda:
            torch.cuda.synchronize()

    def clock(self):
        self.sync()
        return time.perf_counter()

    def ints(self, name):
        """A file of int32, little-endian as every machine that this runs on."""
        with open(os.path.join(self.folder, name), "rb") as f:
            return torch.frombuffer(bytearray(f.read()), dtype=torch.int32).long()

    def prompts(self, n):
        return self.ints("prompts.ids").view(-1, self.load["prompt"])[:n].to(self.device)

    def memory(self):
        """Of the process, at most; 0 on a CPU. It begins anew."""
        if not self.cuda:
            return {}
        m = {"peak MiB": torch.cuda.max_memory_allocated() >> 20, "reserved MiB": torch.cuda.max_memory_reserved() >> 20}
        torch.cuda.reset_peak_memory_stats()
        return m


def free():
    import gc

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def no_room(e):
    return isinstance(e, torch.OutOfMemoryError) if hasattr(torch, "OutOfMemoryError") else "out of memory" in str(e)
