package image

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

const envPrefix = "CROSSCHECK_IMAGE_"

// EnvName is the environment variable that names an image for version: CROSSCHECK_IMAGE_9_3_2.
func EnvName(version string) string {
	return envPrefix + strings.Map(func(r rune) rune {
		if r == '.' || r == '-' {
			return '_'
		}
		return r
	}, version)
}

var envVersion = regexp.MustCompile(`^\d+_\d+_\d+(_\w+)?$`)

// FromEnviron finds explicit images, by version, in environment entries as os.Environ gives them.
func FromEnviron(environ []string) map[string]string {
	images := map[string]string{}
	for _, entry := range environ {
		name, ref, _ := strings.Cut(entry, "=")
		version, ok := strings.CutPrefix(name, envPrefix)
		if !ok || ref == "" || !envVersion.MatchString(version) {
			continue
		}
		parts := strings.SplitN(version, "_", 4)
		version = strings.Join(parts[:3], ".")
		if len(parts) == 4 {
			version += "-" + parts[3]
		}
		images[version] = ref
	}
	return images
}

// FromFile reads explicit images, by version, from a YAML file of the form `images: {"9.3.2": my/elasticsearch:9.3.2}`.
func FromFile(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the images to use: %w", err)
	}
	return parseImages(path, data)
}

func parseImages(file string, data []byte) (map[string]string, error) {
	var doc struct {
		Images map[string]scalar `yaml:"images"`
	}
	if err := decodeStrictly(file, data, &doc); err != nil {
		return nil, err
	}
	images := map[string]string{}
	for version, ref := range doc.Images {
		if _, err := parseVersion(version); err != nil {
			return nil, at(file, ref.line, "%v", err)
		}
		if ref.text == "" {
			return nil, at(file, ref.line, "no image for %s", version)
		}
		images[version] = ref.text
	}
	return images, nil
}
