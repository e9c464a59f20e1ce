package model

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ropeJSON is rope_scaling of transformers 4, or rope_parameters of 5.
type ropeJSON struct {
	Type     string  `json:"rope_type,omitzero"`
	OldType  string  `json:"type,omitzero"`
	Theta    float64 `json:"rope_theta,omitzero"`
	Factor   float64 `json:"factor,omitzero"`
	Low      float64 `json:"low_freq_factor,omitzero"`
	High     float64 `json:"high_freq_factor,omitzero"`
	Original int     `json:"original_max_position_embeddings,omitzero"`
}

// only lists keys of which one meaning is understood, and its spellings: graft
// computes as if the key were not there.
var only = map[string][]string{
	"hidden_act":                       {`"silu"`},
	"attention_dropout":                {"0", "0.0", "null"},
	"pretraining_tp":                   {"1"},
	"use_sliding_window":               {"false"}, // sliding_window then means nothing
	"partial_rotary_factor":            {"1", "1.0"},
	"is_encoder_decoder":               {"false"},
	"add_cross_attention":              {"false"},
	"quantization_config":              {"null"},
	"rope_interleaved":                 {"false"},
	"logit_scale":                      {"1", "1.0", "null"},
	"attn_logit_softcapping":           {"null"},
	"final_logit_softcapping":          {"null"},
	"mlp_only_layers":                  {"[]"},
	"pruned_heads":                     {"{}"},
	"tie_encoder_decoder":              {"false"},
	"cross_attention_hidden_size":      {"null"},
	"chunk_size_feed_forward":          {"0"},
	"is_llama_config":                  {"true"},
	"use_bidirectional_attention":      {"false", "null"},
	"use_mrope":                        {"false"},
	"attention_chunk_size":             {"null"},
	"original_max_position_embeddings": {"null"},
}

// idle lists keys that say nothing about the arithmetic of a forward pass.
var idle = []string{
	"auto_map", "transformers_version", "torch_dtype", "dtype", "use_cache", "_name_or_path",
	"sliding_window", "max_window_layers", "output_attentions", "output_hidden_states", "return_dict", "task_specific_params",
	"id2label", "label2id", "problem_type", "tokenizer_class", "prefix", "transformers.js_config", "unsloth_version", "unsloth_fixed", "_attn_implementation_autoset",
}

// architecture is the class of transformers, by family.
var architecture = map[string]string{"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}

// ParseConfig reads a config.json of Llama, Qwen2 or Qwen3. A key that it does
// not know, or a value under which the network would be another one, is refused
// by name; all such keys are reported together.
func ParseConfig(data []byte) (Config, error) {
	var keys map[string]jsontext.Value
	if err := json.Unmarshal(data, &keys); err != nil {
		return Config{}, fmt.Errorf("config.json: %w", err)
	}
	var family string
	if err := json.Unmarshal(keys["model_type"], &family); err != nil {
		return Config{}, fmt.Errorf("config.json: model_type is %s: want a string", orMissing(keys["model_type"]))
	}
	c, ok := families[family]
	if !ok {
		return Config{}, fmt.Errorf("config.json: model_type is %q: graft trains llama, qwen2 and qwen3", family)
	}
	c.Family, c.InitStd = family, 0.02
	var bad faults
	c.read(keys, &bad)
	for _, name := range []string{"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "rms_norm_eps", "max_position_embeddings"} {
		if _, ok := keys[name]; !ok {
			bad.add("%s is missing", name)
		}
	}
	if len(bad) > 0 {
		return Config{}, errors.Join(bad...)
	}
	if err := c.Check(); err != nil {
		return Config{}, fmt.Errorf("config.json: %w", err)
	}
	return c, nil
}

// faults gathers what is wrong with a config.json.
type faults []error

func (f *faults) add(format string, args ...any) {
	*f = append(*f, fmt.Errorf("config.json: "+format, args...))
}

// read takes every key, or says why not.
func (c *Config) read(keys map[string]jsontext.Value, bad *faults) {
	var rope, scaling *ropeJSON
	var kinds, architectures []string
	var bias bool
	var eos jsontext.Value
	into := map[string]any{
		"model_type": &c.Family, "vocab_size": &c.Vocab, "hidden_size": &c.Width, "num_hidden_layers": &c.Layers,
		"num_attention_heads": &c.Heads, "num_key_value_heads": &c.KVHeads, "head_dim": &c.HeadDim, "intermediate_size": &c.FFN,
		"rms_norm_eps": &c.Eps, "rope_theta": &c.Theta, "rope_scaling": &scaling, "rope_parameters": &rope,
		"max_position_embeddings": &c.MaxPositions, "tie_word_embeddings": &c.Tied, "initializer_range": &c.InitStd,
		"bos_token_id": &c.BOS, "eos_token_id": &eos, "pad_token_id": &c.Pad, "layer_types": &kinds, "architectures": &architectures,
	}
	if c.Family != "qwen2" {
		into["attention_bias"] = &bias
	}
	if c.Family == "llama" {
		into["mlp_bias"] = &c.MLPBias
	}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		value := keys[name]
		if dst, ok := into[name]; ok {
			if err := json.Unmarshal(value, dst, json.RejectUnknownMembers(true)); err != nil {
				bad.add("%s is %s, which is not understood: %w", name, value, err)
			}
		} else if good, ok := only[name]; ok {
			if !slices.Contains(good, strings.TrimSpace(string(value))) {
				bad.add("%s is %s: graft understands %s alone", name, value, strings.Join(good, " or "))
			}
		} else if !slices.Contains(idle, name) {
			bad.add("key %q is not understood, and guessing could train another network", name)
		}
	}
	if i := slices.IndexFunc(kinds, func(k string) bool { return k != "full_attention" }); i >= 0 {
		bad.add("layer_types[%d] is %q: graft understands full_attention alone", i, kinds[i])
	}
	if want := architecture[c.Family]; len(architectures) > 0 && !slices.Equal(architectures, []string{want}) {
		bad.add("architectures is %q: want %q, a decoder with an output layer", architectures, want)
	}
	if bias {
		c.QKVBias, c.OutBias = true, true
	}
	c.defaults(keys)
	if err := errors.Join(c.readRope(rope, scaling), c.readEOS(eos)); err != nil {
		bad.add("%w", err)
	}
}

// defaults are those that transformers documents for a missing key.
func (c *Config) defaults(keys map[string]jsontext.Value) {
	absent := func(name string) bool { v, ok := keys[name]; return !ok || string(v) == "null" }
	if absent("num_key_value_heads") && c.Family == "llama" {
		c.KVHeads = c.Heads
	}
	if absent("head_dim") && c.Family != "qwen3" && c.Heads > 0 {
		c.HeadDim = c.Width / c.Heads
	}
	if absent("rope_theta") && absent("rope_scaling") && absent("rope_parameters") && c.Family == "llama" {
		c.Theta = 10000 // Llama 2 and before
	}
}

func (c *Config) readRope(params, scaling *ropeJSON) error {
	for _, r := range []*ropeJSON{params, scaling} {
		if r == nil {
			continue
		}
		if r.Theta != 0 {
			c.Theta = r.Theta
		}
		switch kind := r.Type + r.OldType; kind {
		case "default", "defaultdefault":
		case "llama3", "llama3llama3":
			c.Scaling = &Llama3{Factor: r.Factor, Low: r.Low, High: r.High, Original: r.Original}
		default:
			return fmt.Errorf("rope_scaling is of type %q: graft understands llama3 and default", r.Type+r.OldType)
		}
	}
	if c.Theta == 0 {
		return fmt.Errorf("rope_theta is missing")
	}
	return nil
}

// readEOS takes one id or a list of them.
func (c *Config) readEOS(v jsontext.Value) error {
	if len(v) == 0 || string(v) == "null" {
		return nil
	}
	var one int
	if json.Unmarshal(v, &one) == nil {
		c.EOS = []int{one}
		return nil
	}
	if err := json.Unmarshal(v, &c.EOS); err != nil {
		return fmt.Errorf("eos_token_id is %s: want an id or a list of ids", v)
	}
	return nil
}

func orMissing(v jsontext.Value) string {
	if len(v) == 0 {
		return "missing"
	}
	return string(v)
}

// JSON is the config.json of the model, for weights stored as dtype (float32,
// bfloat16, ...), as transformers 4 and 5 read it.
func (c Config) JSON(dtype string) ([]byte, error) {
	out := map[string]any{
		"architectures": []string{architecture[c.Family]}, "model_type": c.Family, "torch_dtype": dtype,
		"vocab_size": c.Vocab, "hidden_size": c.Width, "num_hidden_layers": c.Layers, "num_attention_heads": c.Heads,
		"num_key_value_heads": c.KVHeads, "head_dim": c.HeadDim, "intermediate_size": c.FFN, "rms_norm_eps": c.Eps,
		"rope_theta": c.Theta, "max_position_embeddings": c.MaxPositions, "tie_word_embeddings": c.Tied,
		"initializer_range": c.InitStd, "hidden_act": "silu", "attention_dropout": 0, "use_cache": true,
		"bos_token_id": c.BOS, "pad_token_id": c.Pad, "eos_token_id": nil, "rope_scaling": nil,
	}
	switch len(c.EOS) {
	case 0:
	case 1:
		out["eos_token_id"] = c.EOS[0]
	default:
		out["eos_token_id"] = c.EOS
	}
	if s := c.Scaling; s != nil {
		out["rope_scaling"] = ropeJSON{Type: "llama3", Factor: s.Factor, Low: s.Low, High: s.High, Original: s.Original}
	}
	if c.Family != "qwen2" {
		out["attention_bias"] = c.OutBias
	}
	if c.Family == "llama" {
		out["mlp_bias"] = c.MLPBias
	}
	if c.Family != "llama" {
		out["use_sliding_window"] = false
	}
	return json.Marshal(out, json.Deterministic(true), jsontext.WithIndent("  "))
}
