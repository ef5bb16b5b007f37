package image

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type contextFile struct {
	header *tar.Header
	text   string
}

func readContext(t *testing.T, version string) map[string]contextFile {
	t.Helper()
	r, ok := realCatalogue(t).recipe(version)
	require.True(t, ok)
	var b bytes.Buffer
	require.NoError(t, writeContext(&b, r, "a-base:1", writeZip(t, version)))
	files := map[string]contextFile{}
	for tr := tar.NewReader(&b); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		text, err := io.ReadAll(tr)
		require.NoError(t, err)
		require.NotContains(t, files, h.Name, "written twice")
		files[h.Name] = contextFile{h, string(text)}
	}
}

func TestContextKeepsTheOfficialContract(t *testing.T) {
	files := readContext(t, "9.3.2")
	for name, f := range files {
		assert.Equal(t, []int{1000, 0}, []int{f.header.Uid, f.header.Gid}, "owner of %s", name)
		assert.False(t, strings.HasSuffix(name, ".bat"), "%s is for Windows", name)
	}
	for _, dir := range []string{"config/", "data/", "logs/", "plugins/"} {
		require.Contains(t, files, "elasticsearch/"+dir)
		assert.Equal(t, int64(0o775), files["elasticsearch/"+dir].header.Mode, "mode of %s", dir)
	}
	assert.Equal(t, int64(0o755), files["elasticsearch/bin/elasticsearch"].header.Mode, "bin/elasticsearch can be run")
	assert.Equal(t, int64(0o755), files["docker-entrypoint.sh"].header.Mode)
	assert.NotContains(t, files["elasticsearch/config/jvm.options"].text, "-Xlog", "no log of the garbage collector")
	assert.Contains(t, files["elasticsearch/config/jvm.options"].text, "-XX:+UseG1GC")
	assert.NotContains(t, files["elasticsearch/config/log4j2.properties"].text, "RollingFile",
		"all logs go to standard output")
	assert.Contains(t, files["elasticsearch/config/elasticsearch.yml"].text, "network.host: 0.0.0.0")
	assert.Contains(t, files["elasticsearch/CROSSCHECK-NOTICE.txt"].text, "Do not push it")
	assert.Contains(t, files["elasticsearch/CROSSCHECK-NOTICE.txt"].text, "elasticsearch:9.3.2:zip")
	assert.Contains(t, files["analysis/plugin-descriptor.properties"].text, "elasticsearch.version=9.3.2\n")
	assert.Contains(t, files, "analysis/SecurityAnalysis.java")

	lines := strings.Split(files["Dockerfile"].text, "\n")
	for _, want := range []string{
		"FROM a-base:1",
		"COPY --chown=1000:0 elasticsearch/ /usr/share/elasticsearch/",
		"WORKDIR /usr/share/elasticsearch",
		"USER 1000:0",
		"ENV ES_JAVA_HOME=/usr",
		"EXPOSE 9200 9300 9443",
		`ENTRYPOINT ["/usr/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"]`,
	} {
		assert.Contains(t, lines, want)
	}
	assert.Contains(t, files["Dockerfile"].text, "javac")
	assert.NotContains(t, files["Dockerfile"].text, "{{")
}

func TestContextWithoutPlugin(t *testing.T) {
	files := readContext(t, "7.5.2")
	assert.NotContains(t, files["Dockerfile"].text, "javac", "a base without a compiler")
	assert.NotContains(t, files, "analysis/SecurityAnalysis.java")
	assert.Contains(t, files["Dockerfile"].text, "ENV JAVA_HOME=/usr\n")
}

func TestContextRefusesAnotherLayout(t *testing.T) {
	for _, name := range []string{"elasticsearch-9.3.2/../../etc/passwd", "/etc/passwd", "README"} {
		path := filepath.Join(t.TempDir(), "bad.zip")
		f, err := os.Create(path)
		require.NoError(t, err)
		w := zip.NewWriter(f)
		_, err = w.Create(name)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		require.NoError(t, f.Close())
		r, _ := realCatalogue(t).recipe("9.3.2")
		assert.ErrorContains(t, writeContext(io.Discard, r, "base", path), name, "a zip with %s", name)
	}
}

func TestToConsole(t *testing.T) {
	want := `appender.rolling.type = Console
appender.rolling.name = rolling
appender.rolling.layout.type = ECSJsonLayout
rootLogger.appenderRef.rolling.ref = rolling
appender.deprecation_rolling.type = Console
appender.deprecation_rolling.layout.type = ECSJsonLayout
appender.deprecation_rolling.filter.rate_limit.type = RateLimitingFilter
appender.header_warning.type = HeaderWarningAppender
logger.deprecation.appenderRef.deprecation_rolling.ref = deprecation_rolling
# a comment that ends in \
logger.deprecation.additivity = false
`
	assert.Equal(t, want, toConsole(testLog4j))
}

func FuzzToConsole(f *testing.F) {
	f.Add(testLog4j)
	f.Add("appender.x.type = RollingFile\\\n")
	f.Add("appender.")
	f.Fuzz(func(t *testing.T, text string) {
		once := toConsole(text)
		if twice := toConsole(once); twice != once {
			t.Fatalf("a second pass changes it again:\n%q\n%q", once, twice)
		}
	})
}

func TestStreamNeverEndsHalfWay(t *testing.T) {
	broken := errors.New("broken")
	write := func(err error) func(io.Writer) error {
		return func(w io.Writer) error {
			if _, werr := w.Write([]byte("half")); werr != nil {
				return werr
			}
			return err
		}
	}
	read := func(r io.Reader) error { _, err := io.ReadAll(r); return err }
	assert.NoError(t, stream(write(nil), read))
	assert.ErrorIs(t, stream(write(broken), read), broken, "the writer's reason")
	var seen error
	_ = stream(write(broken), func(r io.Reader) error { seen = read(r); return seen })
	assert.ErrorIs(t, seen, broken, "the reader sees an error, not an end of file")
	refused := errors.New("refused")
	assert.ErrorIs(t, stream(write(nil), func(io.Reader) error { return refused }), refused, "the reader's reason")
}
