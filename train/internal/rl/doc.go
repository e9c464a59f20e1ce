// Package rl is the arithmetic of policy-gradient fine-tuning: from rewards to
// advantages, from log-probabilities to a loss and to its gradient by
// log-probability. It knows neither model nor device, and is generic, so that
// tests ask 1e-10 of it in float64 and the trainer runs it in float32.
//
// Sources: GRPO, Shao et al. 2024 (arXiv 2402.03300); Dr. GRPO, Liu et al. 2025
// (2503.20783); DAPO, Yu et al. 2025 (2503.14476); RLOO, Ahmadian et al. 2024
// (2402.14740); the k3 estimator, Schulman 2020; pass@k, Chen et al. 2021
// (2107.03374).
package rl

// A Float is a type that the arithmetic runs in.
type Float interface{ ~float32 | ~float64 }
