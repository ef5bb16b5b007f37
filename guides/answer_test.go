package guides

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDifferences(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shown, got string
		want       []string
	}{
		"the same in another order": {`{"a": 1, "b": [true]}`, `{"b": [true], "a": 1}`, nil},
		"a placeholder":             {`{"a": "<HOST>:9443"}`, `{"a": "lb.test:9443"}`, nil},
		"another port": {`{"a": "<HOST>:9443"}`, `{"a": "lb:9300"}`,
			[]string{`a: "<HOST>:9443" is shown, the answer has "lb:9300"`}},
		"made up by the cluster": {`{"id": "x", "encoded": "y"}`, `{"id": "1", "encoded": "2"}`, nil},
		"not in the answer":      {`{"a": {"b": 1}}`, `{"a": {}}`, []string{"a.b: shown, and not in the answer"}},
		"not shown":              {`{}`, `{"a": 1}`, []string{"a: in the answer (1), and not shown"}},
		"another kind":           {`{"a": {}}`, `{"a": []}`, []string{"a: an object is shown, the answer has []"}},
		"fewer elements":         {`[1, 2]`, `[1]`, []string{"the answer: 2 elements are shown, the answer has [1]"}},
	} {
		var shown, got any
		require.NoError(t, json.Unmarshal([]byte(c.shown), &shown))
		require.NoError(t, json.Unmarshal([]byte(c.got), &got))
		assert.Equal(t, c.want, Differences(shown, got), name)
	}
}
