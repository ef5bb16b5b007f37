package preflight

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

const apt = "DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=0 "

// fix checks, fixes, and gives what was run and said.
func fix(t *testing.T, f *fakeMachine, opts Options) (Report, string) {
	t.Helper()
	var said bytes.Buffer
	opts.Log = &said
	return Fix(t.Context(), Check(t.Context(), opts), opts), said.String()
}

func expectRan(t *testing.T, f *fakeMachine, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, f.ran); diff != "" {
		t.Errorf("other commands were run (-want +got):\n%s", diff)
	}
}

// bare is a machine with nothing on it: no Engine, no tools, the kernel's own limit.
func bare(t *testing.T) *fakeMachine {
	t.Helper()
	f := healthy(t)
	f.engine = stopped()
	f.commands = map[string]bool{"go": true}
	f.files["/proc/sys/vm/max_map_count"] = "65530\n"
	f.effect["install -y --no-install-recommends docker.io"] = func() error {
		f.commands["dockerd"], f.commands["iptables"], f.commands["ip"] = true, true, true
		return nil
	}
	f.effect["install -y --no-install-recommends maven"] = func() error {
		f.commands["mvn"], f.commands["mmdebstrap"] = true, true
		return nil
	}
	f.effect["dockerd >"] = func() error { f.engine = running(); return nil }
	f.effect["systemctl start docker"] = f.effect["dockerd >"]
	f.effect["sysctl -w"] = func() error { f.files["/proc/sys/vm/max_map_count"] = "262144\n"; return nil }
	return f
}

func TestFixBareMachine(t *testing.T) {
	f := bare(t)
	r, said := fix(t, f, f.assembling())
	assert.True(t, r.OK(), r.String())
	expectRan(t, f,
		apt+"update", apt+"install -y --no-install-recommends docker.io iptables iproute2",
		"dockerd >/cache/dockerd.log",
		apt+"install -y --no-install-recommends maven mmdebstrap",
		"sysctl -w vm.max_map_count=262144")
	for name, want := range map[string]string{
		nameEngine: "installed docker.io iptables iproute2; started dockerd, its log in /cache/dockerd.log",
		nameTools:  "installed maven mmdebstrap",
		nameMaps:   "set it with sysctl, until the next boot",
	} {
		item, _ := r.item(name)
		assert.Equal(t, want, item.Fixed)
	}
	assert.Contains(t, said, "preflight: installing: apt-get install docker.io iptables iproute2\n")
	assert.Contains(t, said, "preflight: raising a kernel limit: sysctl -w vm.max_map_count=262144\n")
}

func TestFixUnderSystemd(t *testing.T) {
	f := bare(t)
	f.files["/proc/1/comm"] = "systemd\n"
	f.commands["dockerd"], f.commands["iptables"], f.commands["ip"] = true, true, true
	r, _ := fix(t, f, f.options())
	assert.True(t, r.OK(), r.String())
	expectRan(t, f, "systemctl start docker", "sysctl -w vm.max_map_count=262144")

	f = bare(t)
	f.files["/proc/1/comm"] = "systemd\n"
	f.effect["systemctl start docker"] = func() error {
		return errors.New("systemctl: exit status 1\nUnit docker.service is masked")
	}
	r, _ = fix(t, f, f.options())
	item, _ := r.item(nameEngine)
	assert.False(t, r.OK())
	assert.Contains(t, item.Fix, "is masked")
	assert.Contains(t, item.Fix, "journalctl")
}

func TestFixLeavesTheMachineAlone(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup func(*testing.T, *fakeMachine)
		why   string
	}{
		{"forbidden", func(_ *testing.T, f *fakeMachine) { f.env["CROSSCHECK_FIX"] = "0" }, "CROSSCHECK_FIX=0 forbids it"},
		{"not root", func(_ *testing.T, f *fakeMachine) { f.uid = 1000 }, "as root"},
		{"another system", func(t *testing.T, f *fakeMachine) {
			f.files["/etc/os-release"] = sample(t,
				"os-release-fedora")
		}, "only Debian and Ubuntu"},
		{"no os-release", func(_ *testing.T, f *fakeMachine) { delete(f.files, "/etc/os-release") },
			"only Debian and Ubuntu"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := bare(t)
			c.setup(t, f)
			r, said := fix(t, f, f.assembling())
			assert.Empty(t, f.ran)
			assert.Empty(t, said)
			assert.False(t, r.OK())
			assert.Contains(t, r.Refused, c.why)
			assert.Contains(t, r.String(), "to fix: install the Docker Engine", "it stops with instructions")

			f.engine = running()
			r, _ = fix(t, f, f.options())
			assert.Empty(t, f.ran)
			assert.Empty(t, r.Refused, "a machine that suffices needs no excuse:\n%s", r)
		})
	}
}

func TestFixHealthyMachineDoesNothing(t *testing.T) {
	f := healthy(t)
	r, said := fix(t, f, f.assembling())
	assert.True(t, r.OK())
	assert.Empty(t, f.ran)
	assert.Empty(t, said)
}

// No Engine is installed where another one is in use, or was chosen.
func TestFixLeavesAnotherEngineAlone(t *testing.T) {
	for name, c := range map[string]struct {
		endpoint docker.Endpoint
		says     []string
	}{
		"on another machine": {chosen("tcp://build:2375"), []string{"another one is in use, by DOCKER_HOST",
			"unset DOCKER_HOST"}},
		"of a context": {docker.Endpoint{Host: "unix:///c.sock", Source: `current context "colima"`,
			Change: "docker context use"},
			[]string{`another one is in use, by current context "colima"`, "docker context use"}},
		"rootless": {docker.Endpoint{Host: "unix:///run/user/1000/docker.sock", Source: "rootless socket",
			Change: "set DOCKER_HOST"},
			[]string{"another one is in use, by rootless socket", "set DOCKER_HOST"}},
		"beside the default socket": {beside("/home/me/.docker/desktop/docker.sock"),
			[]string{"another one has its socket at /home/me/.docker/desktop/docker.sock", "set DOCKER_HOST=unix:///home/me"}},
		"unknown": {docker.Endpoint{}, nil},
	} {
		f := bare(t)
		f.engine = engineState{endpoint: c.endpoint, err: errNoEngine}
		f.files["/proc/sys/vm/max_map_count"] = "262144\n"
		r, _ := fix(t, f, f.options())
		assert.Empty(t, f.ran, name)
		assert.False(t, r.OK(), name)
		item, _ := r.item(nameEngine)
		for _, text := range c.says {
			assert.Contains(t, item.Fix, text, name)
		}
	}
}

func TestEngineStartedByItsInstallation(t *testing.T) {
	f := bare(t)
	install := f.effect["install -y --no-install-recommends docker.io"]
	f.effect["install -y --no-install-recommends docker.io"] = func() error { f.engine = running(); return install() }
	r, _ := fix(t, f, f.options())
	assert.True(t, r.OK(), r.String())
	assert.NotContains(t, f.ran, "dockerd >/cache/dockerd.log")
}

// Two dockerds would fight over one socket: one that is still coming up is waited for.
func TestDockerdThatIsStartingIsWaitedFor(t *testing.T) {
	f := bare(t)
	f.commands["dockerd"], f.commands["iptables"], f.commands["ip"] = true, true, true
	f.files["/var/run/docker.pid"], f.files["/proc/77/comm"] = "77", "dockerd\n"
	opts := f.options()
	asked := 0
	opts.machine.probe = func(context.Context) engineState {
		if asked++; asked > 3 {
			return running()
		}
		return stopped()
	}
	r, said := fix(t, f, opts)
	assert.True(t, r.OK(), r.String())
	expectRan(t, f, "sysctl -w vm.max_map_count=262144")
	assert.Contains(t, said, "process 77")
}

func TestEngineThatDoesNotComeUp(t *testing.T) {
	for _, c := range []struct {
		name   string
		exited bool
		want   string
	}{
		{"hangs", false, "no Docker Engine answered within 50ms of its start"},
		{"ends", true, "dockerd ended right after its start"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := bare(t)
			f.exited = c.exited
			f.files["/cache/dockerd.log"] = "level=info msg=starting\nfailed to start daemon: iptables not found\n"
			f.effect["dockerd >"] = func() error { return nil }
			r, _ := fix(t, f, f.options())
			assert.False(t, r.OK())
			item, _ := r.item(nameEngine)
			assert.Contains(t, item.Fix, c.want)
			assert.Contains(t, item.Fix,
				"the end of /cache/dockerd.log:\nlevel=info msg=starting\nfailed to start daemon: iptables not found")
		})
	}
	f := bare(t)
	f.effect["dockerd >"] = func() error { return errors.New("open the log of dockerd: read-only file system") }
	r, _ := fix(t, f, f.options())
	item, _ := r.item(nameEngine)
	assert.Contains(t, item.Fix, "read-only file system")
}

func TestInterruptedWhileWaiting(t *testing.T) {
	f := bare(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.effect["dockerd >"] = func() error { cancel(); return nil }
	opts := f.options()
	r := Fix(ctx, Check(ctx, opts), opts)
	item, _ := r.item(nameEngine)
	assert.Contains(t, item.Fix, "interrupted")
}

func TestInstallationThatFails(t *testing.T) {
	f := bare(t)
	f.effect["install -y --no-install-recommends docker.io"] = func() error {
		return errors.New("apt-get: exit status 100\nE: Unable to locate package docker.io")
	}
	r, _ := fix(t, f, f.options())
	assert.False(t, r.OK())
	item, _ := r.item(nameEngine)
	assert.Contains(t, item.Fix,
		"install docker.io iptables iproute2: apt-get: exit status 100\nE: Unable to locate package docker.io")
	assert.NotContains(t, f.ran, "dockerd >/cache/dockerd.log")

	f = bare(t)
	f.engine = running()
	f.effect["install -y --no-install-recommends maven"] = func() error { return errors.New("no space left on device") }
	r, _ = fix(t, f, f.assembling())
	item, _ = r.item(nameTools)
	assert.False(t, r.OK())
	assert.Contains(t, item.Fix, "no space left on device")
}

func TestBrokenPackageSourceDoesNotStopTheRest(t *testing.T) {
	f := bare(t)
	f.effect["apt-get -o DPkg::Lock::Timeout=0 update"] = func() error {
		return errors.New("E: The repository 'x' does not have a Release file")
	}
	r, said := fix(t, f, f.assembling())
	assert.True(t, r.OK(), r.String())
	assert.Contains(t, said, "does not have a Release file")
}

func TestAnotherAptAtWork(t *testing.T) {
	locked := errors.New("E: Could not get lock /var/lib/apt/lists/lock. It is held by process 9 (apt-get)")
	f := bare(t)
	tries := 0
	f.effect["update"] = func() error {
		if tries++; tries < 3 {
			return locked
		}
		return nil
	}
	r, said := fix(t, f, f.options())
	assert.True(t, r.OK(), r.String())
	assert.Equal(t, 3, tries)
	assert.Contains(t, said, "another apt is at work")

	f = bare(t)
	f.effect["install -y --no-install-recommends docker.io"] = func() error { return locked }
	r, _ = fix(t, f, f.options())
	item, _ := r.item(nameEngine)
	assert.Contains(t, item.Fix, "Could not get lock", "a lock that stays is reported")
}

func TestSysctlThatIsNotAllowed(t *testing.T) {
	f := bare(t)
	f.effect["sysctl -w"] = func() error { return errors.New("sysctl: permission denied on key") }
	r, _ := fix(t, f, f.options())
	item, _ := r.item(nameMaps)
	assert.Contains(t, item.Fix, "permission denied on key")
	assert.True(t, r.OK(), "single-node clusters are exempt")
}
