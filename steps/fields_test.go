package steps

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxFields keeps a type to one noun: what needs more state is two of them.
const maxFields = 12

// TestNoTypeKnowsEverything counts the fields of every struct of the steps and of what walks a guide.
func TestNoTypeKnowsEverything(t *testing.T) {
	structs := 0
	for _, root := range []string{".", "../guides/run"} {
		require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				spec, ok := n.(*ast.TypeSpec)
				if !ok {
					return true
				}
				if s, ok := spec.Type.(*ast.StructType); ok {
					structs++
					if n := s.Fields.NumFields(); n > maxFields {
						t.Errorf("%s: %s has %d fields; give some of them to a type of their own, so that none has more than %d",
							files.Position(spec.Pos()), spec.Name.Name, n, maxFields)
					}
				}
				return true
			})
			return nil
		}))
	}
	require.Greater(t, structs, 50, "structs were looked at")
}
