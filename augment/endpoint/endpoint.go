// Package endpoint asks language models over HTTP, in the protocol that OpenAI's
// API made common (vLLM, SGLang, llama.cpp and others speak it). Answers are cached
// by the digest of the request, so that an interrupted run loses nothing and a
// repeated one asks nothing; replies that are late, cut short or malformed are asked
// for again, and told as what they are when that does not help.
package endpoint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxReply bounds what is read of one reply.
const maxReply = 16 << 20

// A Message is one turn of a conversation.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// A Request asks for one text. Of Messages and Prompt one is set: Messages go to
// /chat/completions, Prompt to /completions.
type Request struct {
	Model       string         `json:"model"`
	Messages    []Message      `json:"messages,omitempty"`
	Prompt      string         `json:"prompt,omitempty"`
	Temperature jsontext.Value `json:"temperature,omitempty"` // a JSON number
	MaxTokens   int            `json:"max_tokens,omitempty"`
	Seed        int64          `json:"seed"`
	Stop        []string       `json:"stop,omitempty"`
	// Continue asks the server to go on with the last message, which is the
	// assistant's, instead of answering it.
	Continue bool  `json:"continue_final_message,omitempty"`
	Generate *bool `json:"add_generation_prompt,omitempty"` // false with Continue
}

// An Answer is what a model said.
type Answer struct {
	Text   string `json:"text"`
	Finish string `json:"finish,omitempty"` // stop, length, …
	Cached bool   `json:"-"`
}

// A Client asks one endpoint. It may be used from several goroutines.
type Client struct {
	URL     string        // base, as http://localhost:8000/v1
	Key     string        // bearer token; never written anywhere
	Timeout time.Duration // of one request; 0: 2 minutes
	Retries int           // how often a failed request is sent again; 0: 5, below 0: never
	Backoff time.Duration // wait before the first of them, doubled each time up to a minute; 0: 1 second
	Cache   *Cache        // nil: none
	HTTP    *http.Client  // nil: http.DefaultClient
}

// Check reports what is wrong with the endpoint's address.
func (c *Client) Check() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil:
		return fmt.Errorf("endpoint %q is no URL: %w", c.URL, err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("endpoint %q must begin with http:// or https:// and name a host, as http://localhost:8000/v1", c.URL)
	case u.User != nil:
		return errors.New("the endpoint's address holds a password; give the key in the environment instead")
	}
	return nil
}

// Ask returns the model's answer: from the cache, or from the endpoint with as many
// tries as the client allows. The error is a *Failure unless the context ended.
func (c *Client) Ask(ctx context.Context, r *Request) (Answer, error) {
	body, err := json.Marshal(r, json.Deterministic(true))
	if err != nil {
		return Answer{}, err
	}
	path := "/completions"
	if r.Prompt == "" {
		path = "/chat/completions"
	}
	key := digest(path, body)
	if a, ok := c.Cache.get(key); ok {
		return a, nil
	}
	a, err := c.insist(ctx, path, body)
	if err != nil {
		return a, err
	}
	return a, c.Cache.put(key, a)
}

// once sends the request one time.
func (c *Client) once(ctx context.Context, path string, body []byte) (Answer, error) {
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = 2 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(c.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.Key)
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return Answer{}, unreachable(ctx, err, timeout)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	switch {
	case err != nil && res.StatusCode == http.StatusOK:
		return Answer{}, unreachable(ctx, err, timeout)
	case res.StatusCode != http.StatusOK:
		return Answer{}, refused(res, data)
	case len(data) > maxReply:
		return Answer{}, &Failure{Reason: Malformed, Detail: fmt.Sprintf("the reply is longer than %d bytes", maxReply)}
	}
	return parse(data)
}

// parse reads a reply of either kind.
func parse(data []byte) (Answer, error) {
	var reply struct {
		Choices []struct {
			Text    *string `json:"text"`
			Message *struct {
				Content *string `json:"content"`
			} `json:"message"`
			Finish *string `json:"finish_reason"`
		} `json:"choices"`
	}
	if err := json.Unmarshal(data, &reply); err != nil {
		return Answer{}, &Failure{Reason: Malformed, Detail: "the reply is no completion: " + err.Error()}
	}
	if len(reply.Choices) == 0 {
		return Answer{}, &Failure{Reason: NoChoice, Detail: "the reply has no choices"}
	}
	var a Answer
	switch ch := reply.Choices[0]; {
	case ch.Message != nil && ch.Message.Content != nil:
		a.Text = *ch.Message.Content
	case ch.Text != nil:
		a.Text = *ch.Text
	default:
		return Answer{}, &Failure{Reason: Malformed, Detail: "the first choice has neither text nor message.content"}
	}
	if f := reply.Choices[0].Finish; f != nil {
		a.Finish = *f
	}
	return a, nil
}
