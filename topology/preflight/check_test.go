package preflight

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// line checks the machine and gives the line called name.
func line(t *testing.T, opts Options, name string) (Item, Report) {
	t.Helper()
	r := Check(t.Context(), opts)
	item, ok := r.item(name)
	require.Truef(t, ok, "no line %q in\n%s", name, r)
	return item, r
}

func TestHealthyMachine(t *testing.T) {
	f := healthy(t)
	r := Check(t.Context(), f.options())
	assert.True(t, r.OK())
	want, err := os.ReadFile("testdata/healthy.txt")
	require.NoError(t, err)
	if diff := cmp.Diff(string(want), r.String()); diff != "" {
		t.Errorf("the report reads otherwise (-want +got):\n%s", diff)
	}
	assert.Empty(t, f.ran, "a check must change nothing")
}

func TestEngineLine(t *testing.T) {
	old := running()
	old.info.APIVersion = "1.40"
	odd := running()
	odd.info.APIVersion = "?"
	for _, c := range []struct {
		name   string
		engine engineState
		found  string
		fix    string
	}{
		{"missing", stopped(), "none answers at unix:///var/run/docker.sock (default socket): no such file or directory",
			"apt-get install docker.io"},
		{"not allowed", engineState{endpoint: usual(), err: errors.New("connect: permission denied")}, "permission denied",
			"docker group"},
		{"elsewhere", engineState{endpoint: chosen("tcp://build:2375"), err: errors.New("connection refused")},
			"tcp://build:2375 (DOCKER_HOST)", "start that Engine, or set DOCKER_HOST to another Engine, or unset DOCKER_HOST"},
		{"of a context", engineState{endpoint: docker.Endpoint{Host: "unix:///c.sock", Source: `current context "colima"`,
			Change: "choose another with `docker context use`"}, err: errNoEngine},
			`unix:///c.sock (current context "colima")`, "docker context use"},
		{"beside another", engineState{endpoint: beside("/run/user/1000/docker.sock"), err: errNoEngine}, "none answers",
			"set DOCKER_HOST=unix:///run/user/1000/docker.sock"},
		{"a wrong setting", engineState{err: &docker.SettingError{Name: "DOCKER_CONTEXT", Value: "x",
			Problem: "there is no such docker context",
			Remedy:  "`docker context ls` shows them"}}, "DOCKER_CONTEXT=x: there is no such docker context",
			"docker context ls"},
		{"too old", old, "API 1.40", "Engine 20.10 or newer"},
		{"no version", odd, "is not an API version", "Engine 20.10 or newer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := healthy(t)
			f.engine = c.engine
			item, r := line(t, f.options(), nameEngine)
			assert.False(t, item.OK)
			assert.False(t, r.OK(), "a run needs an Engine")
			assert.Contains(t, item.Found, c.found)
			assert.Contains(t, item.Fix, c.fix)
		})
	}
}

func beside(socket string) docker.Endpoint {
	endpoint := usual()
	endpoint.Beside = socket
	return endpoint
}

// An Engine elsewhere says its own cores and memory; what only its machine knows is not guessed from this one.
func TestEngineOnAnotherMachine(t *testing.T) {
	f := healthy(t)
	f.engine = engineState{endpoint: chosen("tcp://build:2375"), info: docker.Info{Version: "29.0.0", APIVersion: "1.52",
		CPUs: 16, Memory: 64 * gb, RootDir: "/var/lib/docker"}}
	f.files["/proc/meminfo"] = "MemAvailable: 1 kB\n"
	f.files["/proc/sys/vm/max_map_count"] = "65530\n"
	r := Check(t.Context(), f.options())
	assert.True(t, r.OK(), r.String())
	for name, want := range map[string]string{
		nameCores: "16", nameMemory: "64 GB in all at the Engine",
		nameDisk: "84 GB at /cache, not checked: the Engine is on another machine",
		nameMaps: "not checked: the Engine is on another machine", nameFiles: "not checked",
	} {
		item, _ := r.item(name)
		assert.Contains(t, item.Found, want, name)
	}
	assert.Contains(t, r.String(), "- vm.max_map_count")

	f.engine = engineState{endpoint: chosen("tcp://build:2375"), err: errors.New("no route to host")}
	r = Check(t.Context(), f.options())
	for _, name := range []string{nameCores, nameMemory, nameMaps, nameFiles, "Image 9.3.2"} {
		item, _ := r.item(name)
		assert.Truef(t, item.Unchecked, "%s is known to nobody while that Engine does not answer: %+v", name, item)
	}
}

func TestMemoryLine(t *testing.T) {
	for _, c := range []struct {
		name    string
		nodes   int
		meminfo string
		ok      bool
		needed  string
		found   string
	}{
		{"the least", 0, "MemAvailable: 3906250 kB", true, "4 GB", "4 GB"},
		{"below the least", 0, "MemAvailable: 3906249 kB", false, "4 GB", "4.0 GB"},
		{"many nodes", 8, "MemAvailable: 5859374 kB", false, "6 GB for 8 Elasticsearch nodes at a time", "6.0 GB"},
		{"a negative number of nodes", -3, "MemAvailable: 5859375 kB", true, "4 GB", "6 GB"},
		{"an Engine in a virtual machine", 0, "", true, "4 GB", "25 GB in all at the Engine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := healthy(t)
			f.files["/proc/meminfo"] = c.meminfo
			opts := f.options()
			opts.Nodes = c.nodes
			item, r := line(t, opts, nameMemory)
			assert.Equal(t, c.ok, item.OK)
			assert.Equal(t, c.ok, r.OK())
			assert.Equal(t, c.needed, item.Needed)
			assert.Contains(t, item.Found, c.found)
		})
	}
	f := healthy(t)
	delete(f.files, "/proc/meminfo")
	f.engine = stopped()
	item, _ := line(t, f.options(), nameMemory)
	assert.True(t, item.Unchecked)
	assert.Contains(t, item.Found, "read the free memory")
}

func TestDiskLine(t *testing.T) {
	f := healthy(t)
	f.disk["/cache"] = 7 * gb
	item, _ := line(t, f.options(), nameDisk)
	assert.True(t, item.OK, "nothing is assembled: %+v", item)

	item, r := line(t, f.assembling(), nameDisk)
	assert.False(t, item.OK)
	assert.False(t, r.OK())
	assert.Equal(t, "8 GB, because images are assembled here", item.Needed)
	assert.Contains(t, item.Fix, "/cache")

	f = healthy(t)
	opts := f.assembling()
	opts.CacheDir = "/home/me/.cache/crosscheck"
	item, _ = line(t, opts, nameDisk)
	assert.True(t, item.OK)
	assert.Contains(t, item.Found, "100 GB at /home/me/.cache/crosscheck",
		"the nearest folder that is there answers for one that is not yet")

	delete(f.disk, "/var/lib/docker")
	item, _ = line(t, f.options(), nameDisk)
	assert.Contains(t, item.Found, "not checked at /var/lib/docker", "an Engine in a virtual machine")

	f.engine = stopped()
	item, _ = line(t, f.options(), nameDisk)
	assert.Contains(t, item.Found, "100 GB at /var/lib/docker")
	assert.Equal(t, "8 GB, in case images are assembled here", item.Needed)
}

func TestKernelLimits(t *testing.T) {
	for _, c := range []struct {
		name      string
		multi     bool
		maps      string
		mapsMark  string
		filesMark string
		runs      bool
	}{
		{"single-node", false, "65530", "!", "✔", true},
		{"multi-node", true, "65530", "✘", "!", false},
		{"multi-node, raised", true, "262144", "✔", "!", true},
		{"not a number", true, "many", "-", "!", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := healthy(t)
			f.files["/proc/sys/vm/max_map_count"] = c.maps
			opts := f.options()
			opts.MultiNode = c.multi
			maps, r := line(t, opts, nameMaps)
			files, _ := r.item(nameFiles)
			assert.Equal(t, c.mapsMark, maps.mark(), "%+v", maps)
			assert.Equal(t, c.filesMark, files.mark(), "%+v", files)
			assert.Equal(t, c.runs, r.OK())
		})
	}
	ofECK := healthy(t)
	opts := ofECK.options()
	opts.OpenFiles = true
	limit, r := line(t, opts, nameFiles)
	assert.Equal(t, "!", limit.mark(), "ECK's nodes want open files: %+v", limit)
	assert.True(t, r.OK())

	f := healthy(t)
	delete(f.files, "/proc/sys/vm/max_map_count")
	delete(f.files, "/proc/self/limits")
	maps, r := line(t, f.options(), nameMaps)
	files, _ := r.item(nameFiles)
	assert.True(t, maps.Unchecked && files.Unchecked, "%+v %+v", maps, files)
}

// Containers inherit dockerd's limit, not that of the shell that crosscheck runs in.
func TestFileLimitIsDockerds(t *testing.T) {
	f := healthy(t)
	f.files["/var/run/docker.pid"] = "4711"
	f.files["/proc/4711/comm"] = "dockerd\n"
	f.files["/proc/4711/limits"] = "Max open files 1024 unlimited files\n"
	opts := f.options()
	opts.MultiNode = true
	item, _ := line(t, opts, nameFiles)
	assert.True(t, item.OK)
	assert.Equal(t, "unlimited (hard limit of dockerd)", item.Found)

	f.files["/proc/4711/comm"] = "bash\n"
	item, _ = line(t, opts, nameFiles)
	assert.Equal(t, "20000 (hard limit of this process)", item.Found, "the pid file outlived its dockerd")
}

func TestImagesAndTools(t *testing.T) {
	f := healthy(t)
	opts := f.options()
	opts.Versions = []string{"9.3.2", "1.0.0"}
	opts.ImagePlan = func(_ context.Context, v string) (Plan, error) {
		if v == "1.0.0" {
			return Plan{}, errors.New("no artifact is published")
		}
		return Plan{Source: "assembled", Assemble: true}, nil
	}
	item, r := line(t, opts, "Image 1.0.0")
	assert.False(t, item.OK)
	assert.Equal(t, "none: no artifact is published", item.Found)
	assert.False(t, r.OK())

	tools, _ := r.item(nameTools)
	assert.True(t, tools.OK, "%+v", tools)
	delete(f.commands, "mvn")
	tools, r = line(t, f.assembling(), nameTools)
	assert.False(t, tools.OK)
	assert.False(t, r.OK())
	assert.Equal(t, "mvn missing", tools.Found)
	assert.Contains(t, tools.Fix, "apt-get install --no-install-recommends maven")

	r = Check(t.Context(), f.options())
	assert.True(t, r.OK(), "nothing is assembled, so no tool is missed:\n%s", r)
}

func TestWhatAnImageTakes(t *testing.T) {
	for want, err := range map[string]error{
		"docker login mirror.example": &docker.LoginError{Registry: "mirror.example",
			Err: errors.New("unauthorized")},
		"put the credential helper docker-credential-x": &docker.CredentialsError{Helper: "docker-credential-x",
			Err: errors.New("locked")},
		"correct the file": &docker.SettingError{File: "config.json",
			Remedy: "correct the file"},
		"choose another version": errors.New("no artifact is published"),
	} {
		opts := healthy(t).options()
		opts.ImagePlan = func(context.Context, string) (Plan, error) { return Plan{}, err }
		item, _ := line(t, opts, "Image 9.3.2")
		assert.False(t, item.OK)
		assert.Contains(t, item.Fix, want)
	}
}

func TestGoIsAWarning(t *testing.T) {
	f := healthy(t)
	delete(f.commands, "go")
	item, r := line(t, f.options(), nameGo)
	assert.Equal(t, "!", item.mark())
	assert.True(t, r.OK())
}

func TestFewCoresAreAWarning(t *testing.T) {
	f := healthy(t)
	f.engine.info.CPUs = 1
	item, r := line(t, f.options(), nameCores)
	assert.Equal(t, "!", item.mark())
	assert.True(t, r.OK())
}

func TestRemediesStandBelowTheirLine(t *testing.T) {
	r := Report{Refused: "that takes root", Items: []Item{
		{Name: "A", Found: "x", Needed: "y", Fatal: true, Fix: "one\ntwo", Fixed: "this"},
		{Name: "B", Found: "ok", Needed: "y", OK: true, Fix: "not shown"},
	}}
	want := "✘ A   x    needed: y\n    tried: this\n    to fix: one\n            two\n✔ B   ok   needed: y\n" +
		"Nothing was fixed: that takes root.\n"
	if diff := cmp.Diff(want, r.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
