package docker

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/magiconair/properties"
	"github.com/testcontainers/testcontainers-go"
)

// testcontainersProperties are the settings that a user keeps for every testcontainers of this machine, in
// ~/.testcontainers.properties. crosscheck reads the file itself: testcontainers takes a broken one for an empty one.
type testcontainersProperties struct {
	path   string
	text   string
	values testcontainers.TestcontainersConfig
}

// readProperties reads the file. One that does not exist is an empty one; a line that testcontainers would not
// understand gives *SettingError.
func readProperties(env Environment) (testcontainersProperties, error) {
	home := env.Getenv("HOME")
	if home == "" {
		return testcontainersProperties{}, nil
	}
	p := testcontainersProperties{path: filepath.Join(home, ".testcontainers.properties")}
	text, err := os.ReadFile(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, &SettingError{File: p.path, Problem: cannotRead(err), Remedy: "let this user read it, or remove it"}
	}
	p.text = string(text)
	err = p.parse()
	return p, err
}

func (p *testcontainersProperties) parse() error {
	loader := properties.Loader{Encoding: properties.UTF8}
	all, err := loader.LoadBytes([]byte(p.text))
	if err != nil {
		return &SettingError{File: p.path, Line: lineIn(err), Problem: "not a properties file: " + err.Error(),
			Remedy: "correct the line"}
	}
	// One key at a time, so that the one that is at fault is known.
	for _, key := range all.Keys() {
		value, _ := all.Get(key)
		one := properties.NewProperties()
		one.DisableExpansion = true // it is expanded already
		if _, _, err := one.Set(key, value); err != nil {
			return p.wrong(key, value, err.Error(), "correct the line")
		}
		var decoded testcontainers.TestcontainersConfig
		if err := one.Decode(&decoded.Config); err != nil {
			return p.wrong(key, value, "testcontainers does not understand it: "+err.Error(), "correct the line")
		}
	}
	if err := all.Decode(&p.values.Config); err != nil {
		return &SettingError{File: p.path, Problem: "testcontainers does not understand it: " + err.Error(),
			Remedy: "correct it"}
	}
	return nil
}

var lineNumber = regexp.MustCompile(`[Ll]ine (\d+)`)

// lineIn is the line that an error of the properties library names, or 0.
func lineIn(err error) int {
	if found := lineNumber.FindStringSubmatch(err.Error()); found != nil {
		n, _ := strconv.Atoi(found[1])
		return n
	}
	return 0
}

// wrong is a *SettingError for one key of the file.
func (p *testcontainersProperties) wrong(key, value, problem, remedy string) *SettingError {
	return &SettingError{File: p.path, Line: p.lineOf(key), Name: key, Value: value, Problem: problem, Remedy: remedy}
}

// lineOf is the last line that sets key: the last one counts.
func (p *testcontainersProperties) lineOf(key string) int {
	found := 0
	n := 0
	for line := range strings.Lines(p.text) {
		n++
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), key)
		if ok && (rest == "" || strings.ContainsAny(rest[:1], "=: \t")) {
			found = n
		}
	}
	return found
}

// endpoint is the Engine that the file names, if it does.
func (p *testcontainersProperties) endpoint() (endpoint Endpoint, found bool, err error) {
	config := p.values.Config
	key, host := "tc.host", config.TestcontainersHost
	if host == "" {
		key, host = "docker.host", config.Host
	}
	if host == "" {
		return Endpoint{}, false, nil
	}
	if err := checkHost(host, *p.wrong(key, host, "", "")); err != nil {
		return Endpoint{}, false, err
	}
	endpoint = Endpoint{Host: host, Source: key + " of " + p.path, Change: "change " + p.path + ", or set DOCKER_HOST"}
	if config.TLSVerify == 1 && !isSocket(host) {
		endpoint.TLS, err = certificates(config.CertPath, false, *p.wrong("docker.cert.path", config.CertPath, "", ""))
	}
	return endpoint, true, err
}

// imagePrefix is what official images are found below in a mirror of the default registry, such as
// "mirror.example:5000/library"; empty for none. TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX goes before the file.
func imagePrefix(env Environment) (string, error) {
	if prefix := env.Getenv("TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX"); prefix != "" {
		return prefix, nil
	}
	props, err := readProperties(env)
	return props.values.Config.HubImageNamePrefix, err
}
