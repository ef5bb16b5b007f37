package image

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"text/template"
	"time"
)

// Everything that goes into an assembled image beside the published artifact.
//
//go:embed assembled
var assembledFS embed.FS

// elasticsearchUID owns the files of an image, and runs the node; its group is 0. Both as in the official image.
const elasticsearchUID = 1000

// contextWriter writes a docker build's context as a tar.
type contextWriter struct {
	tar    *tar.Writer
	recipe recipe
	base   string // the base image's reference
}

// writeContext streams the build context of recipe's image: the Dockerfile, the entrypoint, the distribution out of the
// zip at zipPath, and the sources of the analysis plugin.
func writeContext(w io.Writer, r recipe, baseRef, zipPath string) error {
	z, err := zip.OpenReader(zipPath)
	if err != nil {
		return fmt.Errorf("open the distribution: %w", err)
	}
	defer z.Close()
	c := &contextWriter{tar: tar.NewWriter(w), recipe: r, base: baseRef}
	if err := c.own(); err != nil {
		return err
	}
	for _, entry := range z.File {
		if err := c.entry(entry); err != nil {
			return fmt.Errorf("%s in %s: %w", entry.Name, path.Base(zipPath), err)
		}
	}
	return c.tar.Close()
}

// own writes what does not come out of the zip.
func (c *contextWriter) own() error {
	data := struct {
		recipe
		BaseRef string
	}{c.recipe, c.base}
	type file struct {
		name, source string // source is below assembled/; .tmpl is a template over data
		mode         int64
	}
	files := []file{
		{"Dockerfile", "Dockerfile.tmpl", 0o644},
		{"docker-entrypoint.sh", "docker-entrypoint.sh", 0o755},
		{"elasticsearch/CROSSCHECK-NOTICE.txt", "NOTICE.txt.tmpl", 0o644},
		{"elasticsearch/config/elasticsearch.yml", "elasticsearch.yml", 0o660},
	}
	if c.recipe.EmailTokenizer != "" {
		sources, err := fs.Glob(assembledFS, "assembled/analysis/*")
		if err != nil {
			return err
		}
		for _, s := range sources {
			name := strings.TrimPrefix(s, "assembled/")
			files = append(files, file{strings.TrimSuffix(name, ".tmpl"), name, 0o644})
		}
	}
	// The official image has these writable for its user's group; the zip has no data at all.
	for _, dir := range []string{"", "config", "data", "logs", "plugins"} {
		if err := c.dir(path.Join("elasticsearch", dir), 0o775); err != nil {
			return err
		}
	}
	for _, f := range files {
		text, err := fs.ReadFile(assembledFS, "assembled/"+f.source)
		if err != nil {
			return err
		}
		if strings.HasSuffix(f.source, ".tmpl") {
			t, err := template.New(f.source).Parse(string(text))
			if err != nil {
				return err
			}
			var b bytes.Buffer
			if err := t.Execute(&b, data); err != nil {
				return err
			}
			text = b.Bytes()
		}
		if err := c.file(f.name, f.mode, int64(len(text)), bytes.NewReader(text)); err != nil {
			return err
		}
	}
	return nil
}

// entry copies one file of the zip, below elasticsearch/ instead of elasticsearch-VERSION/.
func (c *contextWriter) entry(entry *zip.File) error {
	_, name, ok := strings.Cut(entry.Name, "/")
	if !ok || !fs.ValidPath(strings.TrimSuffix(entry.Name, "/")) {
		return fmt.Errorf("is not below elasticsearch-%s", c.recipe.Version)
	}
	if strings.HasSuffix(name, "/") || name == "" {
		switch name = strings.TrimSuffix(name, "/"); name {
		case "", "config", "logs", "plugins":
			return nil // written already
		}
		return c.dir(path.Join("elasticsearch", name), int64(entry.Mode().Perm()))
	}
	switch ext := path.Ext(name); {
	case ext == ".bat" || ext == ".exe", name == "config/elasticsearch.yml":
		return nil
	}
	r, err := entry.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	mode, size, content := int64(entry.Mode().Perm()), int64(entry.UncompressedSize64), io.Reader(r)
	var rewrite func(string) string
	switch name {
	case "config/jvm.options":
		rewrite = withoutGCLog
	case "config/log4j2.properties":
		rewrite = toConsole
	}
	if rewrite != nil {
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		changed := rewrite(string(text))
		size, content = int64(len(changed)), strings.NewReader(changed)
	}
	return c.file(path.Join("elasticsearch", name), mode, size, content)
}

func (c *contextWriter) dir(name string, mode int64) error {
	return c.tar.WriteHeader(c.header(name+"/", tar.TypeDir, mode, 0))
}

func (c *contextWriter) file(name string, mode, size int64, content io.Reader) error {
	if err := c.tar.WriteHeader(c.header(name, tar.TypeReg, mode, size)); err != nil {
		return err
	}
	_, err := io.Copy(c.tar, content)
	return err
}

func (c *contextWriter) header(name string, kind byte, mode, size int64) *tar.Header {
	return &tar.Header{Typeflag: kind, Name: name, Mode: mode, Size: size, Uid: elasticsearchUID, Gid: 0,
		ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
}
