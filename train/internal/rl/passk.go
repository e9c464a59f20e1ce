package rl

// PassK estimates, from n samples of which c are right, the chance that at
// least one of k is right: 1 - C(n-c, k) / C(n, k), without bias. k is between 1
// and n.
func PassK(n, c, k int) float64 {
	if n-c < k {
		return 1
	}
	miss := 1.0
	for i := n - c + 1; i <= n; i++ { // C(n-c,k)/C(n,k) = product of (1 - k/i)
		miss *= 1 - float64(k)/float64(i)
	}
	return 1 - miss
}
