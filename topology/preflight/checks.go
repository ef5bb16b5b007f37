package preflight

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// engineState is what one attempt to reach the Docker Engine gave.
type engineState struct {
	info     docker.Info     // zero when err is set
	endpoint docker.Endpoint // where it was looked for, and why there; zero when a setting is wrong
	err      error
}

// local reports whether the Engine is on this machine: its facts are this machine's facts then.
func (e engineState) local() bool { return strings.HasPrefix(e.endpoint.Host, "unix:") }

// elsewhere is said on the lines about a machine that cannot be looked at.
func (e engineState) elsewhere() string {
	if e.endpoint.Host == "" {
		return "not checked: it is not known which Engine is to be used"
	}
	return "not checked: the Engine is on another machine, " + e.endpoint.Host
}

func (r *Report) checkEngine() Item {
	e := r.engine
	item := Item{Name: nameEngine, Needed: "API " + MinAPI + " or newer (Engine 20.10)", Fatal: true}
	var setting *docker.SettingError
	switch {
	case errors.As(e.err, &setting):
		item.Found, item.Fix = "not looked for: "+setting.Error(), setting.Remedy
		return item
	case e.err != nil:
		item.Found = fmt.Sprintf("none answers at %s: %s", e.endpoint, cause(e.err))
		item.Fix = engineRemedy(e)
		return item
	}
	item.Found = fmt.Sprintf("%s, API %s, at %s", e.info.Version, e.info.APIVersion, e.endpoint)
	enough, err := atLeastAPI(e.info.APIVersion, MinAPI)
	if err != nil {
		item.Found += fmt.Sprintf(" (%v)", err)
	}
	item.OK = enough
	if !enough {
		item.Fix = "install Docker Engine 20.10 or newer, and unset DOCKER_API_VERSION where it is set"
	}
	return item
}

// cause is the end of an error's chain: what lies before it repeats the host.
func cause(err error) string {
	text := firstLine(err.Error())
	return strings.TrimSpace(text[strings.LastIndex(text, ": ")+1:])
}

// engineRemedy tells apart an Engine that is not allowed, one that is elsewhere and one that is missing.
func engineRemedy(e engineState) string {
	switch {
	case strings.Contains(e.err.Error(), "permission denied"):
		return "run as root, or add your user to the docker group (usermod -aG docker USER) and log in again"
	case !e.endpoint.IsDefault():
		return "start that Engine, or " + e.endpoint.Change
	case e.endpoint.Beside != "":
		return "start it, or set DOCKER_HOST=unix://" + e.endpoint.Beside + " to use the other Engine of this machine"
	default:
		return "install the Docker Engine (Debian, Ubuntu: apt-get install docker.io iptables iproute2) and start it " +
			"(systemctl start docker, or dockerd), or set DOCKER_HOST"
	}
}

func (r *Report) checkCores(m *machine) Item {
	n := r.engine.info.CPUs
	if n == 0 && r.engine.local() {
		n = m.cores
	}
	item := Item{Name: nameCores, Needed: fmt.Sprintf("%d or more", MinCores)}
	if n == 0 {
		item.Unchecked, item.Found = true, r.engine.elsewhere()
		return item
	}
	item.Found, item.OK = strconv.Itoa(n), n >= MinCores
	if !item.OK {
		item.Fix = "give the machine more cores, or run one lane and longer time limits (--lanes 1 --timeouts)"
	}
	return item
}

func (r *Report) checkMemory(m *machine, opts Options) Item {
	need := max(uint64(MinMemory), uint64(max(opts.Nodes, 0))*MemoryPerNode)
	item := Item{Name: nameMemory, Needed: size(need), Fatal: true}
	if opts.Nodes > 0 {
		item.Needed += fmt.Sprintf(" for %d Elasticsearch nodes at a time", opts.Nodes)
	}
	var have uint64
	available, err := m.memAvailable()
	switch {
	case r.engine.local() && err == nil:
		have, item.Found = available, size(available)
	case r.engine.info.Memory > 0:
		have = uint64(r.engine.info.Memory)
		item.Found = size(have) + " in all at the Engine; how much of it is free is not known"
	case r.engine.local():
		item.Unchecked, item.Found = true, fmt.Sprintf("not checked: %v", err)
		return item
	default:
		item.Unchecked, item.Found = true, r.engine.elsewhere()
		return item
	}
	item.OK = have >= need
	if !item.OK {
		item.Fix = "stop other programs, or run fewer clusters at a time (--lanes 1)"
	}
	return item
}

func (r *Report) checkDisk(m *machine, opts Options) Item {
	need, why := uint64(DiskToRun), ""
	switch {
	case r.assemble:
		need, why = DiskToAssemble, ", because images are assembled here"
	case r.engine.err != nil:
		need, why = DiskToAssemble, ", in case images are assembled here"
	}
	item := Item{Name: nameDisk, Needed: size(need) + why, OK: true, Fatal: true}

	type folder struct {
		path string
		ask  func(string) (uint64, error)
	}
	var folders []folder
	var found []string
	switch {
	case !r.engine.local(): // said below
	case r.engine.info.RootDir != "":
		// An Engine in a virtual machine names a folder that is not on this one: no nearest folder stands in for it.
		folders = append(folders, folder{r.engine.info.RootDir, m.diskFree})
	default:
		folders = append(folders, folder{"/var/lib/docker", m.freeAt})
	}
	if opts.CacheDir != "" {
		folders = append(folders, folder{opts.CacheDir, m.freeAt})
	}
	checked := false
	for _, f := range folders {
		free, err := f.ask(f.path)
		if err != nil {
			found = append(found, fmt.Sprintf("not checked at %s: %v", f.path, err))
			continue
		}
		checked = true
		found = append(found, fmt.Sprintf("%s at %s", size(free), f.path))
		if free < need {
			item.OK = false
			item.Fix = "make room at " + f.path +
				" (crosscheck clean, crosscheck images, docker system prune), or move it to a larger disk"
		}
	}
	if !r.engine.local() {
		found = append(found, r.engine.elsewhere())
	}
	item.Found = strings.Join(found, ", ")
	if !checked {
		item.OK, item.Unchecked = false, true
	}
	return item
}

func (r *Report) checkMaps(m *machine, opts Options) Item {
	item := Item{Name: nameMaps, Needed: fmt.Sprintf("%d for multi-node clusters; single-node clusters are exempt",
		MinMaxMapCount), Fatal: opts.MultiNode}
	if !r.engine.local() {
		item.Unchecked, item.Found = true, r.engine.elsewhere()
		return item
	}
	text, err := m.readFile("/proc/sys/vm/max_map_count")
	if err != nil {
		item.Unchecked, item.Found = true, fmt.Sprintf("not checked: %v", err)
		return item
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		item.Unchecked, item.Found = true, fmt.Sprintf("not checked: /proc/sys/vm/max_map_count holds %q, not a number",
			firstLine(string(text)))
		return item
	}
	item.Found, item.OK = strconv.FormatUint(n, 10), n >= MinMaxMapCount
	if !item.OK {
		item.Fix = fmt.Sprintf("as root: sysctl -w vm.max_map_count=%d (to keep it after a reboot, a line in /etc/sysctl.d)",
			MinMaxMapCount)
	}
	return item
}

// checkFiles reads the limit of dockerd, which containers inherit, and this process's own where dockerd's is not to be
// had.
func (r *Report) checkFiles(m *machine, opts Options) Item {
	item := Item{Name: nameFiles,
		Needed: fmt.Sprintf("%d for multi-node clusters and ECK; other single-node clusters are exempt", MinFileLimit)}
	if !r.engine.local() {
		item.Unchecked, item.Found = true, r.engine.elsewhere()
		return item
	}
	whose, limit, err := "dockerd", uint64(0), error(nil)
	pid, running := m.dockerd()
	if running {
		limit, err = m.fileLimit(fmt.Sprintf("/proc/%d/limits", pid))
	}
	if !running || err != nil {
		whose = "this process"
		limit, err = m.fileLimit("/proc/self/limits")
	}
	if err != nil {
		item.Unchecked, item.Found = true, fmt.Sprintf("not checked: %v", err)
		return item
	}
	item.Found = fmt.Sprintf("%s (hard limit of %s)", count(limit), whose)
	item.OK = limit >= MinFileLimit || !opts.MultiNode && !opts.OpenFiles
	switch {
	case item.OK:
	case m.has(compiler.Command):
		item.OK = true
		item.Found += "; the bootstrap check is shown a higher one, and results say so"
	default:
		item.Fix = fmt.Sprintf("start dockerd under a hard limit of %d or more (LimitNOFILE in its systemd unit), "+
			"or install a C compiler (%s), for what stands in; "+
			"until then scenarios with multi-node clusters or ECK are unsupported", MinFileLimit, compiler.Package)
	}
	return item
}

func count(limit uint64) string {
	if limit == math.MaxUint64 {
		return "unlimited"
	}
	return strconv.FormatUint(limit, 10)
}
