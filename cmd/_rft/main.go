package main

import (
	"context"
	"fmt"
	"os"

	"github.com/seed-cdf14512/graft/train"
)

func main() {
	ctx := context.Background()
	if os.Args[1] == "sft" {
		r, d, err := train.LoadSFT(os.Args[2])
		if r == nil {
			fmt.Println(d, err)
			os.Exit(1)
		}
		rep, err := r.Train(ctx, train.Options{Progress: func(p train.Progress) {
			if p.Step%50 == 0 {
				fmt.Println(p.Step, p.Speed, p.Metrics)
			}
		}})
		fmt.Println(rep, err)
		return
	}
	if os.Args[1] == "eval" {
		for _, m := range os.Args[3:] {
			s, err := train.Questioning{Model: m, Build: os.Args[2], Samples: 1, MaxTokens: 12, AtOnce: 64, Device: "auto", Temperature: 1, Seed: 1}.Evaluate(ctx, nil)
			fmt.Println(m, s, err)
		}
		return
	}
	r, d, err := train.LoadRFT(os.Args[2])
	if r == nil {
		fmt.Println(d, err)
		os.Exit(1)
	}
	rep, err := r.Train(ctx, train.Options{Note: func(s string) { fmt.Println(s) }})
	fmt.Println(rep, err)
}
