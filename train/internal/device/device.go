// Package device lists the operations that a backend of the trainer must offer.
// The model is written against them alone, so that a step on a GPU is the same
// list of operations as a step on a CPU.
//
// Letters, here and in all of train:
//
//	T  tokens of a packed batch: the documents one after the other, without padding
//	B  documents of a packed batch, or sequences of a decoding batch
//	C  width of the model        F  width of the feed-forward layer
//	H  query heads               G  key and value heads (H is a multiple of G)
//	D  width of a head           V  words of the vocabulary
//
// Every matrix is row-major. A weight of a linear layer is [out, in], as in
// Hugging Face checkpoints: y[T, out] = x[T, in] · Wᵀ.
//
// Two promises hold for every operation of every device. Its result does not
// depend on how many threads or blocks computed it, or on when they did. And a row
// of the result depends on its own inputs only, not on the numbers of other rows.
//
// The CPU promises more: a row's bits depend on nothing else at all, so that the
// log-probability of a token is the same bits in training, in scoring and in
// decoding. On a GPU they are the same within rounding. Its products may be summed in
// another order where the batch has another number of rows, and Decode sums over
// other tiles than Attention. How far decoding and scoring are apart is measured in
// each step of RFT, and printed: mean |dlogp| and k3.
package device

// A Type says how the elements of a Buf are stored.
type Type uint8

// The element types. Reductions and master weights are F32 on every device.
const (
	F32 Type = iota
	BF16
	I32
)

// Size is the number of bytes of one element.
func (t Type) Size() int {
	if t == BF16 {
		return 2
	}
	return 4
}

// A Buf is a region of a device's arena: N elements of a Type, the first at byte
// Off. The zero Buf stands for "none" where an operation allows it.
type Buf struct {
	Off  int
	N    int
	Type Type
}

// None reports whether b is the zero Buf.
func (b Buf) None() bool { return b.N == 0 }

// Slice is the region of b from element i on, n elements long.
func (b Buf) Slice(i, n int) Buf {
	if i < 0 || n < 0 || i+n > b.N {
		panic("device: slice outside its buffer")
	}
	return Buf{Off: b.Off + i*b.Type.Size(), N: n, Type: b.Type}
}

// A Product names which operand of a matrix product is transposed.
type Product uint8

// The three products that a linear layer needs.
const (
	NT Product = iota // c[M,N] = a[M,K] · b[N,K]ᵀ   forward: y = x · Wᵀ
	NN                // c[M,N] = a[M,K] · b[K,N]    gradient of the input: dx = dy · W
	TN                // c[M,N] = a[K,M]ᵀ · b[K,N]   gradient of the weight: dW = dyᵀ · x
)

// Heads is the shape of an attention layer.
type Heads struct {
	H, G, D int
	Scale   float32 // usually 1/sqrt(D)
}

// A Head is what the output layer is told of T tokens.
type Head struct {
	T, C, V     int
	Temperature float32 // logits are divided by it; 1 in SFT
}

// A Pages is a paged cache of keys and values: for each sequence a row of Table
// names the blocks that hold its tokens, in order.
type Pages struct {
	K, V     Buf // of Capacity·Block·G·D elements; how they lie in a block is the device's own
	Block    int // tokens of one block
	PerSeq   int // blocks of a row of Table
	Table    Buf // I32 [B, PerSeq]
	Lengths  Buf // I32 [B]: tokens of each sequence, the newest included
	Capacity int // blocks
}

// Adam is one update of AdamW (Loshchilov and Hutter 2019), with decoupled decay.
type Adam struct {
	LR, Beta1, Beta2, Eps, Decay float32
	Step                         int     // from 1; corrects the bias of the moments
	Scale                        float32 // multiplies the gradient first: clipping, 1/sum of weights
}

// A Device is one backend with its arena. Its methods may be called from one
// goroutine only, and may return before the work is done; Download and Sync wait.
// Wrong sizes are bugs of the caller and panic. Gradients are added to what
// stands in their buffer, unless the method says otherwise.
type Device interface {
	Name() string
	// Act is the type of activations and of the weights that products read.
	Act() Type

	// Reserve makes the one arena of a run: bytes, zeroed. It is called once.
	Reserve(bytes int) error
	Upload(dst Buf, src []float32)   // converts to dst.Type; src is free when it returns
	UploadInts(dst Buf, src []int32) // dst.Type is I32; likewise
	Download(dst []float32, src Buf) // converts from src.Type
	Zero(b Buf)
	Copy(dst, src Buf) // same N; converts between types
	Sync() error
	Close() error

	// MatMul writes c, or adds to it where accumulate is set.
	MatMul(c, a, b Buf, p Product, m, n, k int, accumulate bool)
	// AddBias adds bias[n] to every row of x[m,n]; BiasGrad adds the column sums of dy to dbias.
	AddBias(x, bias Buf, m, n int)
	BiasGrad(dbias, dy Buf, m, n int)
	// Add writes dst = a + b.
	Add(dst, a, b Buf)
	// Scale multiplies x by a number, in place.
	Scale(x Buf, by float32)

	// Embed writes x[T,C], the rows of table[V,C] named by ids (I32 [T]).
	Embed(x, table, ids Buf, t, c int)
	// EmbedGrad adds dx[T,C] to the rows of dtable, in the order of the tokens.
	EmbedGrad(dtable, dx, ids Buf, t, c int)

	// RMSNorm writes y[m,n] = x * rstd * w and rstd[m] = 1/sqrt(mean(x²) + eps).
	// It serves the layers (m = T, n = C) and the norms of heads (m = T*H, n = D).
	RMSNorm(y, rstd, x, w Buf, m, n int, eps float32)
	// RMSNormGrad adds to dx[m,n] and, where it is not none, to dw[n].
	RMSNormGrad(dx, dw, dy, x, w, rstd Buf, m, n int)

	// Rope turns x[T, heads, D] in place by the angles of its positions, in the
	// half-split layout of Hugging Face. cos and sin are [P, D/2]; positions is
	// I32 [T]. inverse turns back, which is the gradient.
	Rope(x, cos, sin, positions Buf, t, heads, d int, inverse bool)

	// SwiGLU writes y = silu(gate) * up.
	SwiGLU(y, gate, up Buf)
	// SwiGLUGrad writes (does not add) dgate and dup; they may be gate and up.
	SwiGLUGrad(dgate, dup, dy, gate, up Buf)

	// Attention writes o[T,H,D] and lse[T,H] of causal attention inside each
	// document. starts is I32 [docs+1], the first token of each document, and T.
	// Memory is linear in T.
	Attention(o, lse, q, k, v, starts Buf, docs, t int, h Heads)
	// AttentionGrad writes (does not add) dq[T,H,D], dk[T,G,D] and dv[T,G,D].
	AttentionGrad(dq, dk, dv, do, o, lse, q, k, v, starts Buf, docs, t int, h Heads)

	// Score writes, for each token, logp = log softmax(x·Wᵀ / temperature)[target]
	// and, where the buffers are not none, the entropy and the log of the sum.
	// It never holds T x V logits. A target below 0 writes 0.
	Score(logp, entropy, lse, x, w, targets Buf, h Head)
	// ScoreGrad adds to dx[T,C] and, where it is not none, dw[V,C] the gradient of
	//
	//	sum over tokens of dlogp·logp + dentropy·entropy
	//
	// dentropy may be none. lse and entropy are what Score wrote.
	ScoreGrad(dx, dw, dlogp, dentropy, entropy, lse, x, w, targets Buf, h Head)
	// Logits writes l[m,V] = x[m,C]·Wᵀ, in F32, for decoding.
	Logits(l, x, w Buf, m, c, v int)

	// StoreKV puts k and v [n,G,D] of n new tokens into pages; slots (I32 [n]) is
	// block*Block+offset of each. A slot below 0 stores nothing.
	StoreKV(p Pages, k, v, slots Buf, n int, h Heads)
	// Decode writes o[B,H,D] of one new query a sequence over its pages, what
	// Attention writes for that token: on a CPU bit for bit. A sequence of length 0 is
	// a free row of the batch, of which o is zeros.
	Decode(o, q Buf, p Pages, b int, h Heads)

	// SumSquares returns the sum of squares of b, accumulated in an order that
	// does not depend on threads.
	SumSquares(b Buf) float64
	// AdamW updates master weights w, moments m and v from gradient g, all F32,
	// and writes the weights that products read to act where that is another Buf.
	AdamW(w, m, v, g, act Buf, a Adam)
}
