package model

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// llama32 is config.json of a model with Llama-3 scaling, as transformers 4 wrote it.
const llama32 = `{
  "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 1,
  "eos_token_id": [7, 8, 9], "head_dim": 16, "hidden_act": "silu", "hidden_size": 64, "initializer_range": 0.02,
  "intermediate_size": 160, "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama",
  "num_attention_heads": 4, "num_hidden_layers": 3, "num_key_value_heads": 2, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
  "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
  "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.45.0.dev0",
  "use_cache": true, "vocab_size": 300
}`

// TestConfigRefuses: what would be another network is refused by name.
func TestConfigRefuses(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"unknown key", `"use_cache"`, `"use_magic"`, `"use_magic" is not understood`},
		{"two at once", `"use_cache": true`, `"embedding_multiplier": 12, "residual_multiplier": 0.2`, "residual_multiplier"},
		{"activation", `"silu"`, `"gelu"`, `hidden_act is "gelu": graft understands "silu" alone`},
		{"rope type", `"rope_type": "llama3"`, `"rope_type": "yarn"`, `rope_scaling is of type "yarn"`},
		{"rope key", `"high_freq_factor"`, `"beta_fast"`, `beta_fast`},
		{"rope incomplete", `"high_freq_factor": 4.0,`, ``, `low_freq_factor 1, high_freq_factor 0`},
		{"dropout", `"attention_dropout": 0.0`, `"attention_dropout": 0.1`, `attention_dropout is 0.1`},
		{"parallel", `"pretraining_tp": 1`, `"pretraining_tp": 2`, `pretraining_tp is 2`},
		{"family", `"model_type": "llama"`, `"model_type": "gemma2"`, `model_type is "gemma2": graft trains llama, qwen2 and qwen3`},
		{"classifier", `LlamaForCausalLM`, `LlamaForSequenceClassification`, `architectures is ["LlamaForSequenceClassification"]: want "LlamaForCausalLM"`},
		{"no family", `"model_type": "llama",`, ``, `model_type is missing`},
		{"missing", `"hidden_size": 64, `, ``, `hidden_size is missing`},
		{"theta missing", `"rope_theta": 500000.0, `, ``, `rope_theta is missing`},
		{"heads", `"num_key_value_heads": 2`, `"num_key_value_heads": 3`, `must be a multiple of num_key_value_heads, 3`},
		{"odd head", `"head_dim": 16`, `"head_dim": 15`, `must be even`},
		{"huge", `"vocab_size": 300`, `"vocab_size": 9000000000000000000`, `vocab_size is 9000000000000000000`},
		{"many layers", `"num_hidden_layers": 3`, `"num_hidden_layers": 60000000`, `num_hidden_layers is 60000000: it must be 1 to 4096`},
		{"negative", `"num_hidden_layers": 3`, `"num_hidden_layers": -3`, `num_hidden_layers is -3`},
		{"fraction", `"hidden_size": 64`, `"hidden_size": 64.5`, `hidden_size is 64.5`},
		{"twice", `"hidden_size": 64`, `"hidden_size": 64, "hidden_size": 65`, `duplicate`},
		{"eps", `1e-05`, `0`, `rms_norm_eps is 0`},
		{"end of text", `[7, 8, 9]`, `"</s>"`, `eos_token_id is "</s>"`},
		{"end beyond the words", `[7, 8, 9]`, `[7, 1000000]`, `eos_token_id is 1000000: it must be a word`},
		{"end below the words", `[7, 8, 9]`, `-5`, `eos_token_id is -5: it must be a word`},
		{"window", `"use_cache": true`, `"use_sliding_window": true`, `use_sliding_window is true`},
		{"layers", `"use_cache": true`, `"layer_types": ["full_attention", "sliding_attention"]`, `layer_types[1] is "sliding_attention"`},
		{"quantized", `"use_cache": true`, `"quantization_config": {"bits": 4}`, `quantization_config`},
		{"not JSON", `"use_cache": true`, `use_cache`, `config.json`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(llama32, c.from) {
				t.Fatalf("nothing to change: no %s", c.from)
			}
			_, err := ParseConfig([]byte(strings.Replace(llama32, c.from, c.to, 1)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error that says %s", err, c.want)
			}
		})
	}
}

// TestConfigRoundTrip: a config that graft writes is the one that it read.
func TestConfigRoundTrip(t *testing.T) {
	texts := map[string]string{"llama32": llama32}
	for _, name := range recorded {
		data, err := os.ReadFile(filepath.Join("testdata", name, "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(data)
	}
	for name, text := range texts {
		c, err := ParseConfig([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out, err := c.JSON("bfloat16")
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseConfig(out)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		if !reflect.DeepEqual(again, c) {
			t.Errorf("%s: got %+v, want %+v", name, again, c)
		}
	}
	c, _ := ParseConfig([]byte(llama32))
	if c.Scaling == nil || *c.Scaling != (Llama3{32, 1, 4, 8192}) || !c.Tied || len(c.EOS) != 3 || c.HeadDim != 16 || c.Theta != 500000 {
		t.Errorf("read %+v", c)
	}
}

// TestOldLlama: a config.json of 2023 leaves out what transformers then took for
// granted; what it takes for granted in no case is missed.
func TestOldLlama(t *testing.T) {
	const old = `{"architectures": ["LlamaForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 64,
		"intermediate_size": 128, "max_position_embeddings": 4096, "model_type": "llama", "num_attention_heads": 4,
		"num_hidden_layers": 2, "pad_token_id": 0, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": null,
		"tie_word_embeddings": false, "torch_dtype": "float16", "transformers_version": "4.31.0", "use_cache": true, "vocab_size": 32}`
	c, err := ParseConfig([]byte(old))
	if err != nil || c.Theta != 10000 || c.KVHeads != 4 || c.HeadDim != 16 {
		t.Errorf("got %+v, %v", c, err)
	}
	for _, family := range []string{"qwen2", "qwen3"} {
		text := strings.NewReplacer("llama", family, "Llama", strings.ToUpper(family[:1])+family[1:]).Replace(old)
		if _, err := ParseConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), "rope_theta is missing") {
			t.Errorf("%s: got %v", family, err)
		}
	}
}

// TestFresh: what a run file leaves out has the documented default, and a shape
// that cannot be is refused.
func TestFresh(t *testing.T) {
	c, err := Fresh{Vocab: 50, Width: 64, Layers: 2, Heads: 4}.Config()
	want := Config{Family: "qwen2", Vocab: 50, Width: 64, Layers: 2, Heads: 4, KVHeads: 4, HeadDim: 16, FFN: 256,
		Eps: 1e-6, Theta: 10000, MaxPositions: 4096, Tied: true, QKVBias: true, InitStd: 0.02}
	if err != nil || !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, %v\nwant %+v", c, err, want)
	}
	for _, bad := range []Fresh{
		{Family: "gpt2", Vocab: 50, Width: 64, Layers: 2, Heads: 4},
		{Vocab: 50, Width: 64, Layers: 2},
		{Vocab: 50, Width: 64, Layers: 2, Heads: 4, KVHeads: 3},
		{Vocab: 50, Width: 60, Layers: 2, Heads: 4}, // heads of 15
		{Width: 64, Layers: 2, Heads: 4},
	} {
		if _, err := bad.Config(); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

// FuzzConfig: any text is refused or gives a config that can be written and read again.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(llama32))
	f.Add([]byte(`{"model_type":"qwen3","rope_parameters":{"rope_type":"default","rope_theta":1e4}}`))
	f.Add([]byte(`{"model_type":null,"rope_scaling":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseConfig(data)
		if err != nil {
			return
		}
		out, err := c.JSON("float32")
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseConfig(out)
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%+v was written and read as %+v, %v", c, again, err)
		}
	})
}
