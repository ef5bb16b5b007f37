package image

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/strict"
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
// An error holds every *strict.Problem of the file.
func FromFile(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the images to use: %w", err)
	}
	return parseImages(path, data)
}

func parseImages(file string, data []byte) (map[string]string, error) {
	r := strict.NewReader(file)
	images := map[string]string{}
	if root := r.OptionalDocument(data); root != nil {
		r.Mapping(root, "the file", nil, strict.Keys{"images": func(n strict.Node) {
			entries, _ := r.Entries(n, "images")
			for _, e := range entries {
				if _, err := parseVersion(e.Key); err != nil {
					r.Problem(e.At, err.Error(), "write one whole version, in quotes")
				}
				images[e.Key] = r.Text(e.Value, "the image for "+e.Key)
			}
		}})
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return images, nil
}
