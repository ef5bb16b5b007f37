package rest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFind(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/_cluster/settings":                       true,
		"_remote/info":                             true,
		"/_search":                                 true,
		"/partner:logs/_search?size=0":             true,
		"/<index>/_search":                         true,
		"/_security/cross_cluster/api_key":         true,
		"/_nodes/reload_secure_settings":           true,
		"/_nodes/_all/_none":                       true,
		"/_resolve/cluster/partner:*":              true,
		"/_cluster/setting":                        false,
		"/_remotes/info":                           false,
		"/_security/cross_cluster/api_keys/a/b/c/": false,
		"/_nodes/reload_secure_setting/x/y/z":      false,
	} {
		assert.Equal(t, want, len(Find(path)) > 0, "%s: found %v", path, Find(path))
	}
}

func TestAccepts(t *testing.T) {
	t.Parallel()
	assert.True(t, Accepts(Find("/_cluster/settings"), "PUT"))
	assert.True(t, Accepts(Find("/logs/_search"), "GET"), "a search takes GET too")
	assert.False(t, Accepts(Find("/_cluster/settings"), "DELETE"))
	assert.False(t, Accepts(Find("/_remote/info"), "PUT"))
}

func TestNearest(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"/_cluster/settings"}, Nearest("/_cluster/setting", 1))
	assert.Equal(t, []string{"/_remote/info"}, Nearest("/_remotes/info", 1))
}
