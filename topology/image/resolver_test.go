package image

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

func TestResolveOrder(t *testing.T) {
	catalogue := realCatalogue(t)
	const version = "9.3.2"
	all := func() *fakeEngine {
		e := newEngine("my/image:1", "elasticsearch:9.3.2")
		e.registry = []string{"elasticsearch:9.3.2"}
		e.holdsAssembled(t, catalogue, version)
		return e
	}
	tests := []struct {
		name     string
		engine   func() *fakeEngine
		explicit string
		source   Source
		ref      string
		did      []string
		lacks    bool
	}{
		{"an explicit image wins over all", all, "my/image:1", Explicit, "my/image:1", nil, false},
		{"an explicit image is pulled", all, "my/other:1", Explicit, "my/other:1", []string{"pull my/other:1"}, false},
		{"a present official image wins over an assembled one", all, "", Local, "elasticsearch:9.3.2", nil, false},
		{"an official image from a mirror", func() *fakeEngine {
			return newEngine("mirror.example:5000/elasticsearch/elasticsearch:9.3.2")
		}, "", Local, "mirror.example:5000/elasticsearch/elasticsearch:9.3.2", nil, false},
		{"a present assembled image wins over the registry", func() *fakeEngine {
			e := newEngine()
			e.registry = []string{"elasticsearch:9.3.2"}
			e.holdsAssembled(t, catalogue, version)
			return e
		}, "", Assembled, ref(version), nil, true},
		{"an assembled image made otherwise does not count", func() *fakeEngine {
			e := newEngine()
			e.registry = []string{"elasticsearch:9.3.2"}
			e.holdsAssembled(t, catalogue, version)
			e.images[ref(version)][docker.LabelFingerprint] = "another"
			return e
		}, "", Registry, "elasticsearch:9.3.2", []string{"probe elasticsearch:9.3.2", "pull elasticsearch:9.3.2"}, false},
		{"another version's image does not count", func() *fakeEngine {
			e := newEngine("elasticsearch:9.3.20", "elasticsearch:9.3.2-arm", "opensearch:9.3.2")
			e.registry = []string{"elasticsearch:9.3.2"}
			return e
		}, "", Registry, "elasticsearch:9.3.2", []string{"probe elasticsearch:9.3.2", "pull elasticsearch:9.3.2"}, false},
		{"a mirror of the default registry", func() *fakeEngine {
			e := newEngine()
			e.prefix, e.registry = "mirror.example:5000/hub/", []string{"mirror.example:5000/hub/elasticsearch:9.3.2"}
			return e
		}, "", Registry, "mirror.example:5000/hub/elasticsearch:9.3.2",
			[]string{"probe mirror.example:5000/hub/elasticsearch:9.3.2", "pull mirror.example:5000/hub/elasticsearch:9.3.2"},
			false},
		{"what was pulled from that mirror", func() *fakeEngine {
			e := newEngine("mirror.example:5000/hub/elasticsearch:9.3.2")
			e.prefix = "mirror.example:5000/hub/"
			return e
		}, "", Local, "mirror.example:5000/hub/elasticsearch:9.3.2", nil, false},
		{"an official image of another architecture does not count", func() *fakeEngine {
			e := newEngine("a.example/elasticsearch/elasticsearch:9.3.2", "elasticsearch:9.3.2")
			e.archs = map[string]string{"a.example/elasticsearch/elasticsearch:9.3.2": "s390x",
				"elasticsearch:9.3.2": runtime.GOARCH}
			return e
		}, "", Local, "elasticsearch:9.3.2", nil, false},
		{"an assembled image under an official name is known for what it is", func() *fakeEngine {
			e := newEngine()
			e.holdsAssembled(t, catalogue, version)
			e.images["elasticsearch:9.3.2"] = e.images[ref(version)]
			return e
		}, "", Local, "elasticsearch:9.3.2", nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			engine := tt.engine()
			o := Options{Engine: engine, Catalogue: catalogue}
			if tt.explicit != "" {
				o.Images = map[string]string{version: tt.explicit}
			}
			r := newResolver(t, o)
			plan, err := r.Plan(t.Context(), version)
			require.NoError(t, err)
			engine.did = nil
			img, err := r.Resolve(t.Context(), version)
			require.NoError(t, err)
			assert.Equal(t, tt.source, img.Source, "source")
			assert.Equal(t, tt.ref, img.Ref, "reference")
			assert.Equal(t, tt.did, engine.did, "what the Engine was asked for")
			assert.Equal(t, tt.lacks, len(img.Lacks) > 0, "what it lacks: %v", img.Lacks)
			assert.NotEmpty(t, img.Heap, "heap")
			assert.Equal(t, img.Source, plan.Source, "the plan's source")
			assert.Equal(t, img.Ref, plan.Ref, "the plan's reference")
			assert.Equal(t, img.Lacks, plan.Lacks, "the plan's lacks")
		})
	}
}

func TestResolveAssembles(t *testing.T) {
	const version = "9.3.2"
	zip := writeZip(t, version)
	for name, engine := range map[string]*fakeEngine{
		"the registry is out of reach": {offline: true},
		"the registry lacks it":        {},
		"the pull breaks off":          {registry: []string{"elasticsearch:9.3.2"}, pullErr: errors.New("reset by peer")},
	} {
		t.Run(name, func(t *testing.T) {
			engine.images, engine.contexts = map[string]map[string]string{}, map[string]int{}
			tools(t, map[string]string{"mvn": mvnScript(zip, version), "mmdebstrap": "echo a root file system\n"})
			r := newResolver(t, Options{Engine: engine})
			img, err := r.Resolve(t.Context(), version)
			require.NoError(t, err)
			assert.Equal(t, Assembled, img.Source)
			assert.Equal(t, "256m", img.Heap)
			assert.Contains(t, engine.did, "import crosscheck/base:java-21")
			assert.Contains(t, engine.did, "build crosscheck/elasticsearch:9.3.2")
			assert.NotContains(t, engine.images[img.Ref], docker.LabelRun, "an image outlives the run")
			assert.Equal(t, roleElasticsearch, engine.images[img.Ref][docker.LabelRole])
			assert.Equal(t, img.Lacks, readLacks(engine.images[img.Ref][docker.LabelLacks]),
				"the label says what the image lacks")

			engine.did = nil
			again, err := r.Resolve(t.Context(), version)
			require.NoError(t, err)
			assert.Equal(t, img, again)
			assert.Empty(t, engine.did, "what is there is not made again")

			listed, err := r.List(t.Context())
			require.NoError(t, err)
			require.Len(t, listed, 2, "the base and the image")
			assert.Equal(t, []string{"crosscheck/base:java-21", img.Ref}, []string{listed[0].Ref, listed[1].Ref})
			assert.True(t, listed[0].Current && listed[1].Current, "both are as this program makes them: %+v", listed)

			removed, err := r.Remove(t.Context())
			require.NoError(t, err)
			assert.Equal(t, []string{img.Ref, "crosscheck/base:java-21"}, removed, "an image goes before its base")
			assert.NoFileExists(t, r.cache.zip(version), "the download goes with them")
		})
	}
}

func TestUnknownVersion(t *testing.T) {
	tools(t, map[string]string{"mvn": "echo '[ERROR] Could not find artifact org.elasticsearch:zip:9.3.9'; exit 1\n"})
	tests := []struct {
		version string
		says    []string
	}{
		{"9.3.9", []string{"none present", "no such host", "not published", "did you mean 9.3.2?", "CROSSCHECK_IMAGE_9_3_9"}},
		{"1.7.0", []string{"no artifact is known", "name a published version"}},
		{"9.3", []string{`"9.3" is not MAJOR.MINOR.PATCH`, "did you mean 9.3.2?"}},
		{"newest", []string{`"newest" is not MAJOR.MINOR.PATCH`}},
		{"", []string{"is not MAJOR.MINOR.PATCH"}},
	}
	for _, tt := range tests {
		t.Run(tt.version, func(t *testing.T) {
			engine := newEngine()
			engine.offline = true
			_, err := newResolver(t, Options{Engine: engine}).Resolve(t.Context(), tt.version)
			var unknown *UnknownVersionError
			require.ErrorAs(t, err, &unknown)
			for _, text := range tt.says {
				assert.ErrorContains(t, err, text)
			}
		})
	}
}

func TestRegistryOutOfReachIsAskedOnce(t *testing.T) {
	engine := newEngine()
	engine.offline = true
	r := newResolver(t, Options{Engine: engine})
	for _, version := range []string{"9.3.2", "8.19.0", "9.3.2"} {
		_, err := r.Plan(t.Context(), version)
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"probe elasticsearch:9.3.2"}, engine.did)
}

// A registry that answers, but not to this user, is not one that is out of reach: nothing else is tried.
func TestWhatTheUserMustPutRight(t *testing.T) {
	for name, refusal := range map[string]error{
		"a login": &docker.LoginError{Registry: "mirror.example", Ref: "mirror.example/elasticsearch:9.3.2",
			Err: errors.New("no basic auth credentials")},
		"credentials": &docker.CredentialsError{Registry: "mirror.example", Helper: "docker-credential-x",
			Err: errors.New("locked")},
		"docker's own": &docker.SettingError{File: "config.json", Line: 3, Problem: "broken", Remedy: "correct it"},
	} {
		t.Run(name, func(t *testing.T) {
			engine := newEngine()
			engine.refuses = refusal
			r := newResolver(t, Options{Engine: engine})
			_, err := r.Resolve(t.Context(), "9.3.2")
			require.ErrorIs(t, err, refusal)
			assert.Equal(t, []string{"probe elasticsearch:9.3.2"}, engine.did, "nothing is assembled instead")
			_, err = r.Plan(t.Context(), "9.3.2")
			require.ErrorIs(t, err, refusal)

			engine = newEngine()
			engine.registry, engine.pullErr = []string{"elasticsearch:9.3.2"}, refusal
			_, err = newResolver(t, Options{Engine: engine}).Resolve(t.Context(), "9.3.2")
			require.ErrorIs(t, err, refusal, "a pull is refused")
		})
	}
}

func TestWhereImagesAreAssembled(t *testing.T) {
	assert.NoError(t, assembles("linux", "arm64", "arm64"))
	assert.ErrorContains(t, assembles("darwin", "arm64", "arm64"),
		"no image can be assembled here: that takes Linux, and this is darwin")
	assert.ErrorContains(t, assembles("linux", "amd64", "arm64"), "this machine is amd64, the Docker Engine's is arm64")

	engine := newEngine()
	engine.offline, engine.arch = true, "s390x"
	r := newResolver(t, Options{Engine: engine})
	var unknown *UnknownVersionError
	_, err := r.Resolve(t.Context(), "9.3.2")
	require.ErrorAs(t, err, &unknown)
	assert.ErrorContains(t, err, "the Docker Engine's is s390x")
	_, err = r.Plan(t.Context(), "9.3.2")
	require.ErrorAs(t, err, &unknown)
	assert.ErrorContains(t, err, "the Docker Engine's is s390x")
}

func TestPlanNamesMissingTools(t *testing.T) {
	tools(t, nil)
	plan, err := newResolver(t, Options{}).Plan(t.Context(), "8.19.0")
	require.NoError(t, err)
	assert.Equal(t, []string{"maven", "mmdebstrap"}, plan.Missing)
	assert.False(t, plan.Ready)

	engine := newEngine()
	engine.offline = true
	_, err = newResolver(t, Options{Engine: engine}).Resolve(t.Context(), "8.19.0")
	var missing *MissingToolError
	require.ErrorAs(t, err, &missing)
	assert.ErrorContains(t, err, "apt-get install maven")
	assert.ErrorContains(t, err, "CROSSCHECK_FIX")
}

func TestBrokenBaseIsNotImported(t *testing.T) {
	const version = "9.3.2"
	tools(t, map[string]string{"mvn": mvnScript(writeZip(t, version), version),
		"mmdebstrap": "echo half a root file system; echo 'E: no space left' >&2; exit 1\n"})
	engine := newEngine()
	r := newResolver(t, Options{Engine: engine})
	_, err := r.Resolve(t.Context(), version)
	assert.ErrorContains(t, err, "E: no space left", "the tool's own words")
	assert.Empty(t, engine.images, "no image of half a base")
	scratch, err := r.scratch(Base{Name: "java-21"})
	require.NoError(t, err)
	left, err := os.ReadDir(scratch)
	require.NoError(t, err)
	assert.Empty(t, left, "scratch starts empty")
	require.NoError(t, os.Remove(scratch))
}

func TestExplicitImages(t *testing.T) {
	got := FromEnviron([]string{"PATH=/bin", "CROSSCHECK_IMAGE_9_3_2=a:1", "CROSSCHECK_IMAGE_9_4_0_SNAPSHOT=b:2",
		"CROSSCHECK_IMAGE_9_3=c", "CROSSCHECK_IMAGE_8_0_0="})
	assert.Equal(t, map[string]string{"9.3.2": "a:1", "9.4.0-SNAPSHOT": "b:2"}, got)
	for version := range got {
		assert.Contains(t, []string{"CROSSCHECK_IMAGE_9_3_2", "CROSSCHECK_IMAGE_9_4_0_SNAPSHOT"}, EnvName(version))
	}
	tests := []struct{ name, text, err string }{
		{"good", "images:\n  \"9.3.2\": my/elasticsearch:9.3.2\n", ""},
		{"empty", "", ""},
		{"unknown key", "images: {}\nimage: x\n", `f.yaml:2:1: unknown key "image" in the file; did you mean "images"?`},
		{"not a version", "images:\n  \"9.3\": x\n", `f.yaml:2:3: "9.3" is not MAJOR.MINOR.PATCH`},
		{"not a reference", "images:\n  \"9.3.2\": 5\n",
			"f.yaml:2:12: the image for 9.3.2 is a number; write it as text, in quotes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseImages("f.yaml", []byte(tt.text))
			if tt.err == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, tt.err)
			}
		})
	}
}

func TestEventText(t *testing.T) {
	assert.Equal(t, "8.19.0: downloading", Event{Subject: "8.19.0", Text: "downloading"}.String())
	assert.Equal(t, "8.19.0: pulling 12 of 640 MB", Event{Subject: "8.19.0", Text: "pulling", Done: 12e6,
		Total: 640e6}.String())
	assert.False(t, strings.Contains(Event{Subject: "x"}.String(), "MB"))
}
