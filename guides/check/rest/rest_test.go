package rest

import (
	"strings"
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
	for request, want := range map[string]bool{
		"PUT /_cluster/settings":                  true,
		"GET /_cluster/settings":                  true,
		"POST /_cluster/settings":                 false,
		"DELETE /_cluster/settings":               false,
		"POST /_security/cross_cluster/api_key":   true,
		"PUT /_security/cross_cluster/api_key":    false,
		"GET /_security/cross_cluster/api_key":    false,
		"PUT /_security/cross_cluster/api_key/a":  true,
		"POST /_security/cross_cluster/api_key/a": false,
		"POST /_security/api_key":                 true,
		"PUT /_security/api_key":                  true,
		"POST /_security/role/reader":             true,
		"POST /_security/user/a/_password":        true,
		"PUT /_security/role/reader":              true,
		"POST /_nodes/reload_secure_settings":     true,
		"PUT /_nodes/reload_secure_settings":      false,
		"GET /_remote/info":                       true,
		"HEAD /_remote/info":                      true,
		"POST /_remote/info":                      false,
		"PUT /_remote/info":                       false,
		"GET /_resolve/cluster/a:*":               true,
		"POST /_resolve/cluster/a:*":              false,
		"GET /logs/_search":                       true,
		"POST /a:logs,b:logs/_search":             true,
		"PUT /logs/_search":                       false,
		"POST /logs/_doc":                         true,
		"PUT /logs/_doc/1":                        true,
		"PUT /_bulk":                              true,
		"PUT /logs/_alias/a":                      true,
		"DELETE /logs/_alias/a":                   true,
		"POST /_index_template/a":                 true,
		"PUT /logs/_settings":                     true,
		"POST /logs/_settings":                    false,
		"GET /_search/scroll/a":                   true,
		"PUT /logs/_ccr/follow":                   true,
		"POST /logs/_ccr/follow":                  false,
	} {
		method, path, _ := strings.Cut(request, " ")
		assert.NotEmpty(t, Find(path), request)
		assert.Equal(t, want, Accepts(Find(path), method), "%s: %v", request, Find(path))
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"/_cluster/settings"}, Nearest("/_cluster/setting", 1))
	assert.Equal(t, []string{"/_remote/info"}, Nearest("/_remotes/info", 1))
}
