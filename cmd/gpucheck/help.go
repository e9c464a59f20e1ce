package main

// help is what a person with a GPU needs.
const help = `gpucheck finds out, on a machine that has a GPU for a short time, whether graft works
there, is right, and how fast it is, against PyTorch on the same weights and tokens.

    go run ./cmd/gpucheck                    all of it: about 30 minutes on one H200
    go run ./cmd/gpucheck -for 9m30s         as much as ends in that time; the same command goes on
    go run ./cmd/gpucheck -stage smoke       half a minute: does it work at all?
    go run ./cmd/gpucheck -stage parity      two minutes: every operation against the CPU's
    go run ./cmd/gpucheck -stage speed       five minutes: graft alone
    go run ./cmd/gpucheck -stage torch,claims
    go run ./cmd/gpucheck -device cpu -model tiny -row 64 -rows 4 -micro 2,4 -steps 3 \
        -seqs 4 -new 16 -response 8 -prompts 2 -samples 4      the harness, where there is no GPU

Where there is no Go: CGO_ENABLED=0 go build ./cmd/gpucheck, copy the one file, run it.
Its kernels and the programs of PyTorch are in it; weights and tokens follow from seeds.
It needs Linux with glibc, the driver, NVRTC and cuBLASLt, and looks for them in the
folders of GRAFT_CUDA_LIB, on the loader's path, and in the nvidia/*/lib of the Python on
PATH.

The stages of PyTorch run the interpreter of -python. torch-sft and torch-generate need
torch 2.10 or newer, transformers 5 and safetensors; torch-grpo needs trl, datasets and
accelerate as well. Where nothing can be fetched, carry them: python3 -m pip download
--no-deps --python-version 3.12 -d wheels trl datasets dill multiprocess, for the Python
that is there, and then python3 -m pip install --no-index --no-deps wheels/*.whl. What is
missing is a skip with the package's name, and everything else is measured.

On a machine that is lent for ten minutes a command, three or four of them do all of it, each
with the file of results of the one before (copy it there and back):

    ./gpucheck -for 9m30s -o results.jsonl

Each result is a line here, and a line of JSON in the file of -o, written as it comes.
A run that is cut short, by -for, Ctrl-C or the end of a lease, loses at most the
measurement that it was in: run again with the same file, it does what is left. The stage
claims holds everything in the file against the numbers that graft claims.

    smoke            one copy, one kernel, one product, one graph
    parity           every operation at shapes that are easy to get wrong, whole steps, and
                     decoding against scoring through 1,000 refills
    kernels          operations that are bound by memory, in % of its speed
    sft              steps of 65,536 tokens, 20 to warm up and the median of 50
    decode           256 sequences, prompts of 128 tokens, 1,024 new ones; and to the end
    grpo             64 prompts of 16 samples, 512 tokens: seconds to generate, score, update
    torch-generate   transformers' generate on the same prompts
    torch-sft        PyTorch's steps on the same tokens, two ways, each with its best micro-batch
    torch-grpo       TRL's step on the same prompts
    claims           what of it holds

Exit codes: 0 all is well; 1 something is wrong, or a claim does not hold; 2 the command
line is wrong; 3 something is left to measure; 4 there is no GPU, or a library is missing.

`
