//go:build !sugarme

package token

import "errors"

func newForeign([]byte) (*foreign, error) {
	return nil, errors.New("this graft was built without -tags sugarme, which reads WordPiece and Unigram")
}
