package keystore

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// made are keystores that nodes made when they started for the first time.
var made = map[string]uint32{"7.17.29": 4, "8.5.0": 5, "9.3.2": 7}

func file(t testing.TB, version string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", version+".keystore"))
	require.NoError(t, err)
	return content
}

// TestReadsWhatNodesMade: a new keystore holds a seed of 20 characters and nothing else.
func TestReadsWhatNodesMade(t *testing.T) {
	t.Parallel()
	for version, format := range made {
		k, err := new(Reader).Read(file(t, version))
		require.NoError(t, err, version)
		require.Equal(t, format, k.Format, version)
		require.Len(t, k.Settings, 1, version)
		require.Len(t, k.Settings["keystore.seed"], 20, version)
	}
}

// TestWritesWhatItReads also for format 6, of which no node's file is here.
func TestWritesWhatItReads(t *testing.T) {
	t.Parallel()
	for format, form := range forms {
		salt := []byte("salt of " + t.Name())
		key, err := form.cipher(salt)
		require.NoError(t, err)
		k := &Keystore{Format: format, Settings: map[string][]byte{"keystore.seed": []byte("a seed")}, salt: salt, key: key}
		require.NoError(t, k.Put("cluster.remote.partner.credentials", "a secret with an ü"))
		require.NoError(t, k.Put("cluster.remote.partner.credentials", "another"))
		require.NoError(t, k.Put("empty", ""))
		written := k.File()
		again, err := new(Reader).Read(written)
		require.NoError(t, err)
		require.Equal(t, format, again.Format)
		require.Equal(t, map[string][]byte{"keystore.seed": []byte("a seed"), "empty": {},
			"cluster.remote.partner.credentials": []byte("another")}, again.Settings)
		require.NotEqual(t, written, k.File(), "a nonce was used twice")
	}
}

// TestRemembersOneKey reads keystores in turn with one reader.
func TestRemembersOneKey(t *testing.T) {
	t.Parallel()
	var r Reader
	for _, version := range []string{"8.5.0", "8.5.0", "7.17.29", "8.5.0"} {
		k, err := r.Read(file(t, version))
		require.NoError(t, err)
		require.Equal(t, made[version], k.Format)
	}
}

func TestRefusesNamesThatTheToolRefuses(t *testing.T) {
	t.Parallel()
	k := &Keystore{Format: 7, Settings: map[string][]byte{}}
	for _, name := range []string{"", "with space", "a/b", "ü", "two\nlines"} {
		require.ErrorContains(t, k.Put(name, "v"), "is no name of a secure setting")
	}
}

// TestRefusesWhatIsNone breaks a file that a node made in every way that Read tells apart.
func TestRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	whole := file(t, "9.3.2")
	change := func(at int, value byte) []byte {
		out := slices.Clone(whole)
		out[at] = value
		return out
	}
	sealed := func(out []byte) []byte {
		return append(out[:len(out)-footerSize], footer(out[:len(out)-footerSize])...)
	}
	for what, c := range map[string]struct {
		file []byte
		err  string
	}{
		"nothing":         {nil, "it does not begin like one"},
		"another file":    {change(6, 'x'), "it does not begin like one"},
		"a newer format":  {change(30, 8), "its format is 8, and 4 to 7 are known"},
		"a password":      {change(31, 1), "it has a password"},
		"a wrong length":  {change(32, 1), "it says 1 bytes of data, and holds 147"},
		"a part":          {whole[:len(whole)-1], "it says 147 bytes of data, and holds 146"},
		"a changed byte":  {change(60, whole[60]+1), "its checksum is wrong"},
		"another salt":    {sealed(change(60, whole[60]+1)), "it does not open with the empty password"},
		"too long a salt": {sealed(change(38, 1)), "its data ends too early"},
	} {
		_, err := new(Reader).Read(c.file)
		require.ErrorContains(t, err, c.err, what)
	}
}

func FuzzRead(f *testing.F) {
	for version := range made {
		f.Add(file(f, version))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		var r Reader
		k, err := r.Read(content)
		if err != nil {
			return
		}
		same, err := r.Read(k.File())
		require.NoError(t, err)
		require.Equal(t, k.Settings, same.Settings)
	})
}

func BenchmarkAdd(b *testing.B) {
	content := file(b, "9.3.2")
	for b.Loop() {
		k, err := new(Reader).Read(content)
		require.NoError(b, err)
		require.NoError(b, k.Put("cluster.remote.partner.credentials", "secret"))
		k.File()
	}
}
